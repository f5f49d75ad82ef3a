import { createFrame, type Frame, type Track } from '@sluice/core';
import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import rtmp from '@sluice/plugin-rtmp';
import command from '../src/command.js';
import probe, { type ProbeReport, probeService } from '../src/index.js';
import { reportText } from '../src/map/report-text.js';
import { remarksOf } from '../src/proto/remarks.js';
import { TrackMeter } from '../src/proto/track-meter.js';

const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 1000, epoch: 0, parameters: undefined, info: { width: 640, height: 360, fps: 25 } };
const frame = (dts: number, key = false, pts = dts, of = track): Frame => createFrame(of, dts, pts, key, [Buffer.alloc(1000)]);

function measured(frames: readonly Frame[]) {
  const meter = new TrackMeter(frames[0] as Frame);
  for (const each of frames) meter.add(each);
  return meter.result();
}
const steady = Array.from({ length: 100 }, (_, i) => frame(i * 40, i % 50 === 0));

describe('a track', () => {
  it('is measured by its own times', () => {
    expect(measured(steady)).toEqual({
      id: 0,
      kind: 'video',
      codec: 'h264',
      width: 640,
      height: 360,
      fps: 25,
      declaredFps: 25,
      frames: 100,
      bytes: 100_000,
      bitrate: 200_000,
      spanMs: 3960,
      keyFrames: 2,
      gopMs: { min: 2000, mean: 2000, max: 2000 },
      reordered: false,
      timestamps: { backwards: 0, repeated: 0, gaps: 0, largestStepMs: 40 },
      parameterChanges: 0,
    });
  });

  it('has its odd times counted', () => {
    const odd = [...steady.slice(0, 10), frame(320), frame(320), frame(1320), frame(1360, false, 1440), frame(1400, false, 1400, { ...track, epoch: 1 })];
    expect(measured(odd)).toMatchObject({
      timestamps: { backwards: 1, repeated: 1, gaps: 1, largestStepMs: 1000 },
      reordered: true,
      parameterChanges: 1,
    });
  });

  it('of a single frame has no rates', () => {
    const one = measured([frame(0, true)]);
    expect(one).toMatchObject({ bitrate: 0, spanMs: 0, keyFrames: 1 });
    expect(one).not.toHaveProperty('fps');
    expect(one).not.toHaveProperty('gopMs');
  });
});

describe('a report', () => {
  const report = (tracks: ProbeReport['tracks'], more: Partial<ProbeReport> = {}): ProbeReport => {
    const plain = { url: 'rtmp://h/live/a', protocol: 'rtmp', connectMs: 12, readMs: 5000, bytes: 1, tracks, health: {}, ...more };
    return { ...plain, remarks: remarksOf(plain) };
  };

  it('says what there is', () => {
    const text = reportText(report([measured(steady)]));
    expect(text).toContain('#0 video h264, 640x360, 25 fps, 200 kbit/s, 100 frames, a key frame every 2.00 s, 50 pictures, no B-frames');
    expect(text).toContain('nothing odd');
  });

  it('names what is odd', () => {
    const slow = measured(Array.from({ length: 20 }, (_, i) => frame(i * 100)));
    const ended = { code: 'ERR_X', message: 'the server closed' };
    expect(report([slow], { audioStartsAfterMs: -700, health: { lost: 3 }, ended }).remarks).toEqual([
      'video: no key frame',
      'video: says 25 fps, has 10',
      'sound and picture begin 700 ms apart',
      'lost: 3',
      'ended early: the server closed',
    ]);
  });
});

describe('the service', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await startTestEngine({ plugins: [probe, rtmp], config: { rtmp: { port: 0 } } });
  });
  afterEach(() => engine.dispose());
  const url = (path: string) => `rtmp://127.0.0.1:${engine.addresses[0]?.port}/${path}?token=secret`;

  it('says why there is nothing to look at', async () => {
    const service = engine.service(probeService);
    await expect(service.probe({ url: 'foo://h/a' })).rejects.toMatchObject({ code: 'ERR_PROBE_URL' });
    await expect(service.probe({ url: 'rtmp://h' })).rejects.toMatchObject({ code: 'ERR_RTMP_URL' });
    await expect(service.probe({ url: url('live/none') })).rejects.toMatchObject({ code: 'ERR_RTMP_NOT_FOUND' });
    expect(engine.streams.list()).toEqual([]);
  });

  it('looks at a stream that has nothing we understand no longer than it was told', async () => {
    const odd = testVideoTrack();
    const publisher = await engine.publish('live/a', { tracks: [odd], receiveTimeoutSeconds: 0 });
    publisher.write(testFrame(odd, 0));
    await expect(engine.service(probeService).probe({ url: url('live/a'), timeoutSeconds: 0.2 })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_/),
    });
    expect(engine.streams.list().map(({ path }) => path)).toEqual(['live/a']);
  });
});

describe('the command', () => {
  it.each([
    [{ url: 'foo://h/a' }, /rtmp:\/\//],
    [{ url: 'rtmp://h/a/b', seconds: 0 }, /--seconds/],
    [{ url: 'rtmp://h/a/b', timeout: -1 }, /--timeout/],
  ])('%j is a mistake in its arguments', async (given, message) => {
    const args = { seconds: 1, timeout: 1, transport: 'auto', json: false, ...given } as const;
    const context = { signal: new AbortController().signal, print: () => {} };
    await expect(command.run(args, context)).rejects.toMatchObject({ code: 'ERR_CONFIG_ARGUMENT', message: expect.stringMatching(message) });
  });
});
