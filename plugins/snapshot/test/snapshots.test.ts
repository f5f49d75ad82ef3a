import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrame, type Publisher, type Track } from '@sluice/core';
import { startTestEngine, type TestEngine, testAudioTrack, testVideoTrack } from '@sluice/core/testing';
import snapshot, { snapshotService } from '../src/index.js';
import { hasProgram } from '../src/net/find-program.js';
import { Turns } from '../src/net/turns.js';
import { ffmpegArguments } from '../src/proto/ffmpeg-arguments.js';
import { keyPictureOf } from '../src/proto/key-picture.js';

const bytes = (text: string) => Buffer.from(text, 'hex');
const track: Track = {
  ...{ id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, info: {} },
  parameters: { sps: [bytes('6742')], pps: [bytes('68ce')] },
};
const picture = (index: number, key = true) => createFrame(track, index * 3600, index * 3600, key, [Buffer.from([key ? 0x65 : 0x41, index])]);

describe('what a decoder is given', () => {
  it('is the key frame behind its parameter sets', () => {
    expect(keyPictureOf(picture(7))).toEqual({ codec: 'h264', stream: bytes('000000016742 0000000168ce 000000016507'.replaceAll(' ', '')) });
    expect(keyPictureOf(createFrame(testVideoTrack(), 0, 0, true, [bytes('00')]))).toBeUndefined();
  });

  it('and what it is told', () => {
    const filterOf = (args: readonly string[]) => args[args.indexOf('-vf') + 1];
    expect(filterOf(ffmpegArguments('h264', {}))).toBe('format=yuvj420p');
    expect(filterOf(ffmpegArguments('h264', { width: 64 }))).toBe('scale=64:-2,format=yuvj420p');
    expect(filterOf(ffmpegArguments('h264', { width: 64, height: 48 }))).toBe('scale=64:48,format=yuvj420p');
    expect(ffmpegArguments('h265', {}).join(' ')).toContain('-f hevc -i pipe:0');
  });
});

it('a program is found in PATH, or as a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  const program = join(folder, 'decoder');
  writeFileSync(program, '#!/bin/sh\n');
  expect(hasProgram(program)).toBe(false);
  chmodSync(program, 0o755);
  expect([hasProgram(program), hasProgram('decoder', folder), hasProgram('decoder', '/nowhere')]).toEqual([true, true, false]);
  rmSync(folder, { recursive: true });
});

describe('turns', () => {
  it('so many at a time, the others in order, and no more than may wait', async () => {
    const turns = new Turns(1, 1);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const task = (number: number) => () => {
      begun.push(number);
      return new Promise<number>((resolve) => ends.push(() => resolve(number)));
    };
    const [first, second, third] = [1, 2, 3].map((number) => turns.run(task(number)));
    expect(third).toBeUndefined();
    expect(begun).toEqual([1]);
    ends.shift()?.();
    expect(await first).toBe(1);
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2]);
    ends.shift()?.();
    expect(await second).toBe(2);
    await expect(turns.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const after = turns.run(task(4));
    ends.shift()?.();
    expect(await after).toBe(4);
  });
});

describe('snapshots', () => {
  let folder: string;
  let calls: string;
  let engine: TestEngine;

  /** A decoder that answers what it was given, and writes down that it ran. */
  async function start(script: string, config: object = {}): Promise<Publisher> {
    const program = join(folder, 'decoder');
    writeFileSync(program, `#!/bin/sh\necho run >> ${calls}\n${script}\n`);
    chmodSync(program, 0o755);
    engine = await startTestEngine({ plugins: [snapshot], config: { snapshot: { ffmpeg: program, keyFrameSeconds: 0.05, ...config } } });
    return engine.publish('live/a', { tracks: [track] });
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
    calls = join(folder, 'calls');
    writeFileSync(calls, '');
  });
  afterEach(async () => {
    await engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const take = (path = 'live/a', size = {}) => {
    const service = engine.service(snapshotService);
    if (service === undefined) throw new Error('no service');
    return service.take(path, size);
  };
  const runs = () => readFileSync(calls, 'utf8').split('\n').length - 1;

  it('are of the newest key frame, made once for each and each size', async () => {
    const publisher = await start('exec cat');
    publisher.write(picture(1));
    publisher.write(picture(2, false));
    const all = await Promise.all([take(), take(), take('live/a', { width: 64 })]);
    for (const jpeg of all) expect(jpeg.subarray(-2)).toEqual(bytes('6501'));
    expect(runs()).toBe(2);
    await take();
    expect(runs()).toBe(2);
    publisher.write(picture(3));
    expect((await take()).subarray(-2)).toEqual(bytes('6503'));
    expect(runs()).toBe(3);
  });

  it('are tried again after a failure, which says what the decoder said', async () => {
    const publisher = await start('echo no picture in it >&2; exit 1');
    publisher.write(picture(1));
    for (let i = 0; i < 2; i++)
      await expect(take()).rejects.toMatchObject({ code: 'ERR_SNAPSHOT_FAILED', status: 500, message: expect.stringContaining('no picture') });
    expect(runs()).toBe(2);
  });

  it('of nothing: no stream, no video, no key frame yet, a codec nobody decodes', async () => {
    await start('exec cat');
    await expect(take('live/none')).rejects.toMatchObject({ code: 'ERR_STREAM_NOT_FOUND', status: 404 });
    await expect(take()).rejects.toMatchObject({ code: 'ERR_SNAPSHOT_NO_KEY_FRAME', status: 503 });
    await engine.publish('live/sound', { tracks: [testAudioTrack()] });
    await expect(take('live/sound')).rejects.toMatchObject({ code: 'ERR_SNAPSHOT_NO_VIDEO', status: 404 });
    const other = await engine.publish('live/other', { tracks: [testVideoTrack()] });
    other.write(createFrame(testVideoTrack(), 0, 0, true, [bytes('00')]));
    await expect(take('live/other')).rejects.toMatchObject({ code: 'ERR_SNAPSHOT_CODEC', status: 501 });
    await expect(take('../a')).rejects.toMatchObject({ code: 'ERR_STREAM_PATH' });
    expect(runs()).toBe(0);
  });
});
