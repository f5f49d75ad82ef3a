import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrame, type Frame, type Track } from '@sluice/core';
import { boxesIn, findBox } from '../src/box.js';
import { createInitSegment, createMediaSegment, mp4Supports, openMp4 } from '../src/index.js';
import { parseSampleDescription } from '../src/sample-entry.js';
import { fixture, memorySource, type Packet, packetOf, probed, readAll } from './support.js';

const FILES = ['h264-b-aac-front.mp4', 'h265-hvc1.mp4', 'h265-hev1.mov'];

async function framesOf(name: string): Promise<Frame[]> {
  return readAll((await openMp4(memorySource(fixture(name)))).reader());
}

const tracksOf = (frames: readonly Frame[]) => [...new Map(frames.map(({ track }) => [track.id, track])).values()];
const isPicture = ({ track }: Frame) => track.kind === 'video';

/** Two fragments, cut at the middle. */
function fragments(frames: readonly Frame[], offsetSeconds: number): Buffer[] {
  const tracks = tracksOf(frames);
  const half = frames.findIndex((frame, i) => i > frames.length / 3 && isPicture(frame) && frame.key);
  const cut = half < 0 ? frames.length >> 1 : half;
  const parts = [frames.slice(0, cut), frames.slice(cut)];
  return parts.map((part, i) => createMediaSegment({ sequence: i + 1, tracks, frames: part, offsetSeconds }));
}

describe('an initialisation segment', () => {
  it.each(FILES)('%s: the sample entries are read back as they were', async (name) => {
    const tracks = tracksOf(await framesOf(name));
    const moov = findBox(createInitSegment(tracks), 'moov') as Buffer;
    const traks = boxesIn(moov).filter(({ type }) => type === 'trak');
    expect(traks.length).toBe(tracks.length);
    traks.forEach(({ body }, i) => {
      const format = parseSampleDescription(findBox(body, 'mdia', 'minf', 'stbl', 'stsd') as Buffer);
      expect(format).toMatchObject({ codec: tracks[i]?.codec, parameters: tracks[i]?.parameters });
    });
  });

  it('is the same for the same tracks, byte by byte', async () => {
    const tracks = tracksOf(await framesOf(FILES[0] as string));
    expect(createInitSegment(tracks.map((track) => ({ ...track, epoch: 7 })))).toEqual(createInitSegment(tracks));
  });

  it('refuses what it has no entry for', () => {
    const track: Track = { id: 1, kind: 'audio', codec: 'g711a', clockRate: 8000, epoch: 0, parameters: undefined, info: {} };
    expect(mp4Supports(track)).toBe(false);
    expect(mp4Supports({ ...track, codec: 'opus' })).toBe(true);
    expect(() => createInitSegment([track])).toThrow(expect.objectContaining({ code: 'ERR_MP4_CODEC' }));
  });
});

describe('a media segment', () => {
  const video: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: undefined, info: {} };
  const picture = (dts: number, key: boolean) => createFrame(video, dts, dts + 3600, key, [Buffer.from([key ? 0x65 : 0x41, 1, 2, 3])]);

  it('tells where it begins, how long each picture lasts, and where the last one ends', () => {
    const dts = 2 ** 40;
    const segment = createMediaSegment({
      sequence: 5,
      tracks: [video],
      frames: [picture(dts, true), picture(dts + 3600, false)],
      endMs: (dts + 10_800) / 90,
      offsetSeconds: 1,
    });
    const [moof, mdat] = boxesIn(segment);
    expect([moof?.type, mdat?.type, mdat?.body.length]).toEqual(['moof', 'mdat', 16]);
    const tfdt = findBox(moof?.body as Buffer, 'traf', 'tfdt') as Buffer;
    expect(tfdt.readUInt32BE(4) * 2 ** 32 + tfdt.readUInt32BE(8)).toBe(dts + 90_000);
    const trun = findBox(moof?.body as Buffer, 'traf', 'trun') as Buffer;
    expect(trun.readUInt32BE(4)).toBe(2);
    // The data begin behind moof and the head of mdat.
    expect(trun.readUInt32BE(8)).toBe((moof?.body.length ?? 0) + 16);
    expect([12, 28].map((at) => trun.readUInt32BE(at))).toEqual([3600, 7200]);
    expect([20, 36].map((at) => trun.readUInt32BE(at))).toEqual([0x02000000, 0x01010000]);
  });

  it('leaves out a track without frames', () => {
    const sound: Track = { id: 1, kind: 'audio', codec: 'mp3', clockRate: 44_100, epoch: 0, parameters: undefined, info: {} };
    const segment = createMediaSegment({ sequence: 1, tracks: [video, sound], frames: [picture(0, true)] });
    expect(boxesIn(boxesIn(segment)[0]?.body as Buffer).filter(({ type }) => type === 'traf').length).toBe(1);
  });
});

function ffprobe(args: readonly string[]): string | undefined {
  try {
    return execFileSync('ffprobe', ['-v', 'error', ...args], { encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const hasFfprobe = ffprobe(['-version']) !== undefined;
(hasFfprobe ? describe : describe.skip)('as ffprobe sees it', () => {
  it.each(FILES)('%s: every sample, bytes and times', async (name) => {
    const frames = await framesOf(name);
    const folder = mkdtempSync(join(tmpdir(), 'fragments-'));
    try {
      const file = join(folder, 'a.mp4');
      writeFileSync(file, Buffer.concat([createInitSegment(tracksOf(frames)), ...fragments(frames, 2)]));
      const text = ffprobe(['-show_packets', '-show_data_hash', 'md5', '-of', 'json', file]) ?? '{}';
      const { packets } = JSON.parse(text) as { packets: (Packet & { codec_type: string; data_hash: string })[] };
      for (const kind of ['video', 'audio'] as const) {
        const mine = frames.filter(({ track }) => track.kind === kind);
        const moved = 2 * (mine[0]?.track.clockRate ?? 0);
        const seen = packets.filter(({ codec_type }) => codec_type === kind);
        expect(seen.map(({ dts, pts }) => [dts, pts])).toEqual(mine.map(({ dts, pts }) => [dts + moved, pts + moved]));
        if (name === 'h264-b-aac-front.mp4') expect(seen.map(({ data_hash }) => data_hash)).toEqual(mine.map((frame) => `MD5:${packetOf(frame).md5}`));
      }
      expect(probed(name).length).toBe(packets.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
