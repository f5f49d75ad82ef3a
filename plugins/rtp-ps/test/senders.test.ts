import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '@sluice/core';
import type { ReceiverOptions } from '../src/index.js';
import { type Bench, freeRange, startBench, until } from './support.js';

// Senders that nobody here wrote. Each test is skipped where its program or the material is not there.
const MEDIA = join(import.meta.dirname, '../../../../shared/cases/media');
const SSRC = '0200000001';
const PSSEND = process.env.PSSEND ?? 'pssend';

const has = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
const hasMedia = existsSync(MEDIA);
const ffmpeg = hasMedia && has('ffmpeg', '-version') ? it : it.skip;
const gstreamer = has('gst-inspect-1.0', '--exists', 'x264enc') && spawnSync('gst-inspect-1.0', ['--exists', 'x264enc']).status === 0 ? it : it.skip;
const pssend = hasMedia && has('ffmpeg', '-version') && has(PSSEND) ? it : it.skip;

const sha = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');

/** Coded slices of an Annex B file, in order. */
function slicesOf(file: string, codec: 'h264' | 'h265'): string[] {
  const data = readFileSync(file);
  const starts: number[] = [];
  for (let at = data.indexOf('000001', 0, 'hex'); at >= 0; at = data.indexOf('000001', at + 3, 'hex')) starts.push(at + 3);
  return starts
    .map((start, i) => data.subarray(start, starts[i + 1] === undefined ? data.length : (starts[i + 1] as number) - 3))
    .map(trimmed)
    .filter((unit) => isSlice(unit, codec))
    .map(sha);
}

/** Without the zeros before the next start code, which ffmpeg sends along. */
function trimmed(unit: Buffer): Buffer {
  return unit.subarray(0, unit.length - [...unit].reverse().findIndex((byte) => byte !== 0));
}

function isSlice(unit: Buffer, codec: string): boolean {
  const first = unit[0] ?? 0;
  return codec === 'h265' ? first >> 1 <= 31 : (first & 0x1f) >= 1 && (first & 0x1f) <= 5;
}

/** Frames of a stream as they come, and the program that sends them. */
async function play(bench: Bench, path: string, command: readonly string[], frames: number): Promise<Frame[]> {
  const [program = '', ...args] = command;
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await until(() => bench.engine.streams.describe(path)?.tracks.length === 1, 8000);
    const seen: Frame[] = [];
    for await (const frame of await bench.engine.subscribe(path)) if (seen.push(frame) === frames) break;
    return seen;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Every slice is there, bit by bit, in the order of the file. */
function expectRun(frames: readonly Frame[], reference: readonly string[], codec: 'h264' | 'h265'): void {
  const seen = frames.flatMap(({ units }) => units.filter((unit) => isSlice(unit, codec)).map((unit) => sha(trimmed(unit))));
  const from = reference.indexOf(seen[0] ?? '');
  expect(from).toBeGreaterThanOrEqual(0);
  expect(seen).toEqual(reference.slice(from, from + seen.length));
  for (let i = 1; i < frames.length; i++) expect(frames[i]?.dts).toBeGreaterThan(frames[i - 1]?.dts ?? 0);
}

describe('senders of others', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rtp-ps-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const media = (name: string) => join(MEDIA, name);
  /** The elementary stream of the FLV file, taken out of it. */
  const extract = (name: string, ...options: string[]): string => {
    const file = join(folder, name);
    spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', media('avatar.flv'), ...options, '-c', 'copy', file], { stdio: 'inherit' });
    return file;
  };
  const open = (bench: Bench, options: Partial<ReceiverOptions> = {}) => bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', ...options });
  const ffmpegTo = (input: readonly string[], output: readonly string[], port: number, rate = 4) =>
    [
      'ffmpeg',
      '-v',
      'error',
      '-nostdin',
      '-readrate',
      String(rate),
      ...input,
      ...output,
      '-ssrc',
      String(Number(SSRC)),
      `rtp://127.0.0.1:${port}?pkt_size=1400`,
    ] as const;
  /** The session description ffmpeg writes for such an output. */
  const describeSdp = (input: readonly string[], output: readonly string[]): string => {
    const file = join(folder, `${Math.random()}.sdp`);
    spawnSync('ffmpeg', ['-v', 'error', '-nostdin', ...input, '-t', '0.5', ...output, '-sdp_file', file, 'rtp://127.0.0.1:9'], { stdio: 'ignore' });
    return readFileSync(file, 'latin1');
  };

  ffmpeg(
    'ffmpeg -f rtp, H264 whose parameter sets are in the SDP only',
    async () => {
      await using bench = await startBench();
      const input = ['-i', media('avatar.flv')];
      const output = ['-an', '-c', 'copy', '-f', 'rtp'];
      const receiver = await open(bench, { sdp: describeSdp(input, output) });
      const frames = await play(bench, 'gb/1', ffmpegTo(input, output, receiver.port), 60);
      expectRun(frames, slicesOf(extract('ref.h264', '-an'), 'h264'), 'h264');
      expect(frames[0]?.units.some((unit) => ((unit[0] ?? 0) & 0x1f) === 7)).toBe(false);
      expect(frames[0]?.track.info.width).toBeGreaterThan(0);
      expect(receiver.stats().lost).toBe(0);
    },
    20_000,
  );

  ffmpeg(
    'ffmpeg -f rtp, H265 of which nothing was told',
    async () => {
      await using bench = await startBench();
      const receiver = await open(bench);
      const output = ['-c', 'copy', '-bsf:v', 'hevc_mp4toannexb', '-f', 'rtp'];
      const frames = await play(bench, 'gb/1', ffmpegTo(['-i', media('avatar.h265')], output, receiver.port, 1), 40);
      expect(frames[0]?.track.codec).toBe('h265');
      expectRun(frames, slicesOf(media('avatar.h265'), 'h265'), 'h265');
      // Such a file has no times, and ffmpeg sends one and the same: those of arrival are taken.
      expect((frames[39]?.dts ?? 0) - (frames[0]?.dts ?? 0)).toBeGreaterThan(45_000);
    },
    20_000,
  );

  ffmpeg(
    'ffmpeg -f rtp, G.711',
    async () => {
      await using bench = await startBench({}, { engine: { trackWaitMs: 1 } });
      const receiver = await open(bench);
      const input = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000'];
      const frames = await play(bench, 'gb/1', ffmpegTo(input, ['-ac', '1', '-c:a', 'pcm_alaw', '-f', 'rtp'], receiver.port), 20);
      expect(frames[0]?.track).toMatchObject({ codec: 'g711a', clockRate: 8000 });
      for (let i = 1; i < frames.length; i++) expect((frames[i]?.dts ?? 0) - (frames[i - 1]?.dts ?? 0)).toBe(frames[i - 1]?.size);
    },
    20_000,
  );

  ffmpeg(
    'ffmpeg -f rtp, AAC by its SDP',
    async () => {
      await using bench = await startBench({}, { engine: { trackWaitMs: 1 } });
      const input = ['-i', media('avatar.flv')];
      const output = ['-vn', '-c', 'copy', '-f', 'rtp'];
      const receiver = await open(bench, { sdp: describeSdp(input, output) });
      const frames = await play(bench, 'gb/1', ffmpegTo(input, output, receiver.port), 60);
      const file = readFileSync(extract('ref.aac', '-vn'));
      const units: string[] = [];
      for (let at = 0; at + 7 < file.length; ) {
        const length = (file.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
        units.push(sha(file.subarray(at + ((file[at + 1] as number) & 1 ? 7 : 9), at + length)));
        at += length;
      }
      const seen = frames.map(({ units: [unit] }) => sha(unit ?? Buffer.alloc(0)));
      const from = units.indexOf(seen[0] ?? '');
      expect(seen).toEqual(units.slice(from, from + seen.length));
      // FLV's times are whole milliseconds.
      for (let i = 1; i < frames.length; i++) expect(Math.abs((frames[i]?.dts ?? 0) - (frames[i - 1]?.dts ?? 0) - 1024)).toBeLessThan(45);
    },
    20_000,
  );

  ffmpeg(
    'ffmpeg -f rtp_mpegts',
    async () => {
      const first = await freeRange(2);
      await using ranged = await startBench({ portRange: `${first}-${first + 1}` });
      const receiver = await open(ranged, { port: 'range' });
      const command = [
        'ffmpeg',
        '-v',
        'error',
        '-nostdin',
        '-readrate',
        '4',
        '-i',
        media('avatar.flv'),
        '-an',
        '-c',
        'copy',
        '-f',
        'rtp_mpegts',
        `rtp://127.0.0.1:${receiver.port}?pkt_size=1400`,
      ];
      const frames = await play(ranged, 'gb/1', command, 60);
      expectRun(frames, slicesOf(extract('ref.h264', '-an'), 'h264'), 'h264');
    },
    20_000,
  );

  gstreamer(
    'GStreamer rtph264pay over UDP and, framed, over TCP',
    async () => {
      for (const transport of ['udp', 'tcp-passive'] as const) {
        await using bench = await startBench();
        const receiver = await open(bench, { transport });
        const file = join(folder, `${transport}.h264`);
        const sink = transport === 'udp' ? `udpsink host=127.0.0.1 port=${receiver.port}` : `rtpstreampay ! tcpclientsink host=127.0.0.1 port=${receiver.port}`;
        const pipeline = `videotestsrc is-live=true num-buffers=200 ! video/x-raw,width=320,height=240,framerate=100/1 ! x264enc tune=zerolatency key-int-max=10 bitrate=1500 ! video/x-h264,stream-format=byte-stream ! tee name=t ! queue ! rtph264pay config-interval=-1 pt=98 ssrc=${Number(SSRC)} mtu=1400 ! ${sink} t. ! queue ! filesink location=${file} buffer-mode=unbuffered`;
        const frames = await play(bench, 'gb/1', ['gst-launch-1.0', '-q', ...pipeline.split(' ')], 50);
        expectRun(frames, slicesOf(file, 'h264'), 'h264');
      }
    },
    40_000,
  );

  pssend(
    'pssend, a program stream over UDP and TCP',
    async () => {
      for (const transport of ['udp', 'tcp-passive'] as const) {
        await using bench = await startBench();
        const receiver = await open(bench, { transport });
        const proto = transport === 'udp' ? 'udp' : 'tcp';
        const command = [
          PSSEND,
          '--file',
          media('avatar.flv'),
          '--port',
          String(receiver.port),
          '--proto',
          proto,
          '--ssrc',
          String(Number(SSRC)),
          '--dur',
          '10',
          '--no-audio',
          '--no-stamp',
        ];
        const frames = await play(bench, 'gb/1', command, 60);
        expectRun(frames, slicesOf(extract('ref.h264', '-an'), 'h264'), 'h264');
        expect(receiver.stats()).toMatchObject({ lost: 0, reordered: 0, duplicate: 0, damaged: 0 });
      }
    },
    30_000,
  );
});
