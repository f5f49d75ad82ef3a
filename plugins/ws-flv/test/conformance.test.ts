import { checkConfig, checkLifecycle, FrameQueue, type ProtocolPlayer, protocolSuite, type TestEngine } from '@sluice/core/testing';
import { aacTestMaterial } from '@sluice/plugin-codec-aac/testing';
import { h264TestMaterial } from '@sluice/plugin-codec-h264/testing';
import { FlvDemuxer } from '@sluice/plugin-format-flv';
import { WebSocket } from 'ws';
import wsFlv from '../src/index.js';

const config = { http: { port: 0 } };

function play(engine: TestEngine, path: string): Promise<ProtocolPlayer> {
  const port = engine.addresses.find(({ name }) => name === 'http')?.port ?? 0;
  const frames = new FrameQueue();
  const demuxer = new FlvDemuxer({ onFrame: (frame) => frames.push(frame) });
  const client = new WebSocket(`ws://127.0.0.1:${port}/${path}.flv`);
  client.on('message', (bytes: Buffer) => demuxer.receive(bytes));
  client.on('close', () => frames.end());
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('open', () => resolve({ frames, pause: () => client.pause(), resume: () => client.resume(), close: () => client.close() }));
  });
}

const suite = protocolSuite({ plugins: [wsFlv], config, video: h264TestMaterial, audio: aacTestMaterial, play });
it.each(suite.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(), 60_000);

it(
  'leaves nothing behind, twice',
  () => checkLifecycle({ plugins: [wsFlv], config, use: (engine) => expect(play(engine, 'live/none')).rejects.toThrow('404') }),
  60_000,
);

it('has a config that holds', () => checkConfig(wsFlv));
