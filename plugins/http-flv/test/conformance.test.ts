import { connect } from 'node:net';
import { checkConfig, checkLifecycle, FrameQueue, type ProtocolPlayer, protocolSuite, type TestEngine } from '@sluice/core/testing';
import { aacTestMaterial } from '@sluice/plugin-codec-aac/testing';
import { h264TestMaterial } from '@sluice/plugin-codec-h264/testing';
import { FlvDemuxer } from '@sluice/plugin-format-flv';
import httpFlv from '../src/index.js';

const HEAD_END = '\r\n\r\n';
const config = { http: { port: 0 } };

/** Plays over a bare connection, so that it can stop reading. */
function play(engine: TestEngine, path: string): Promise<ProtocolPlayer> {
  const port = engine.addresses.find(({ name }) => name === 'http')?.port ?? 0;
  const frames = new FrameQueue();
  const demuxer = new FlvDemuxer({ onFrame: (frame) => frames.push(frame) });
  const socket = connect(port, '127.0.0.1', () => socket.write(`GET /${path}.flv HTTP/1.1\r\nHost: a${HEAD_END}`));
  let head = Buffer.alloc(0);
  let playing = false;
  return new Promise((resolve, reject) => {
    const begin = (end: number): void => {
      if (!head.includes('HTTP/1.1 200')) {
        socket.destroy();
        return;
      }
      playing = true;
      resolve({ frames, pause: () => void socket.pause(), resume: () => void socket.resume(), close: () => void socket.destroy() });
      demuxer.receive(head.subarray(end + HEAD_END.length));
    };
    socket.on('data', (bytes) => {
      if (playing) {
        demuxer.receive(bytes);
        return;
      }
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf(HEAD_END);
      if (end >= 0) begin(end);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      frames.end();
      reject(new Error(`refused: ${head.toString('latin1').split('\r\n')[0]}`));
    });
  });
}

const suite = protocolSuite({ plugins: [httpFlv], config, video: h264TestMaterial, audio: aacTestMaterial, play });
it.each(suite.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(), 60_000);

it(
  'leaves nothing behind, twice',
  () =>
    checkLifecycle({
      plugins: [httpFlv],
      config,
      use: async (engine) => {
        const publisher = await engine.publish('live/a', { tracks: [] });
        await expect(play(engine, 'live/none')).rejects.toThrow('404');
        await publisher.close();
      },
    }),
  60_000,
);

it('has a config that holds', () => checkConfig(httpFlv));
