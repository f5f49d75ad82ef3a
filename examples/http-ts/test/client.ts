import { get } from 'node:http';
import { FrameQueue, type ProtocolPlayer, type TestEngine } from '@sluice/core/testing';
import { TsFrames } from '@sluice/plugin-format-mpeg';

/** A viewer, for the suite. */
export function play(engine: TestEngine, path: string): Promise<ProtocolPlayer> {
  const port = engine.addresses.find(({ plugin }) => plugin === 'http')?.port ?? 0;
  const frames = new FrameQueue();
  const ts = new TsFrames({ frame: (frame) => frames.push(frame), unsupported: () => {} });
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: `/${path}.live.ts`, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`answered ${response.statusCode}`));
        return;
      }
      response.on('data', (bytes: Buffer) => ts.push(bytes));
      response.on('error', () => {});
      response.on('close', () => frames.end());
      resolve({ frames, pause: () => void response.pause(), resume: () => void response.resume(), close: () => void response.destroy() });
    });
    request.on('error', reject);
  });
}
