import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@sluice/core';
import { openFlv } from '../src/map/flv-program.js';
import { openProgram } from '../src/map/open-program.js';
import { describeTracks, LoopReader, type Program } from '../src/map/program.js';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name));
const sourceOf = (bytes: Buffer) => ({ size: bytes.length, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) });
const FLV = fixture('g711.flv');

async function framesOf(program: Program, seconds = 0): Promise<Frame[]> {
  const reader = program.open(seconds);
  const frames: Frame[] = [];
  for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) frames.push(frame);
  return frames;
}

const videoOf = (frames: readonly Frame[]) => frames.filter(({ track }) => track.kind === 'video');

it('a file is known by what it is', async () => {
  expect(describeTracks((await openProgram(sourceOf(FLV))).tracks)).toBe('h264 128x96, g711a');
  const movie = await openProgram(sourceOf(fixture('b-frames.mp4')));
  expect(describeTracks(movie.tracks)).toBe('h264 128x96, aac');
  expect(movie.durationSeconds).toBeCloseTo(2, 1);
  await expect(openProgram(sourceOf(Buffer.from('no media at all')))).rejects.toMatchObject({ code: 'ERR_MP4_SIGNATURE' });
});

describe('an FLV file', () => {
  it('gives all its frames', async () => {
    const program = await openFlv(sourceOf(FLV));
    const frames = await framesOf(program);
    expect(videoOf(frames)).toHaveLength(50);
    expect(frames.filter(({ track }) => track.codec === 'g711a')).not.toHaveLength(0);
    expect(program.durationSeconds).toBeCloseTo(2, 2);
  });

  it('is entered at key frames', async () => {
    const program = await openFlv(sourceOf(FLV));
    const late = videoOf(await framesOf(program, 1.5));
    expect([late.length, late[0]?.dts, late[0]?.key]).toEqual([25, 1000, true]);
    expect(videoOf(await framesOf(program, 0.5))).toHaveLength(50);
    expect(videoOf(await framesOf(program, 99))).toHaveLength(25);
  });

  it('that was cut ends early, and one without media is refused', async () => {
    expect(videoOf(await framesOf(await openFlv(sourceOf(FLV.subarray(0, 15_000))))).length).toBeLessThan(50);
    await expect(openFlv(sourceOf(FLV.subarray(0, 13)))).rejects.toMatchObject({ code: 'ERR_CAMERA_MEDIA' });
  });
});

it('a program goes round, its time goes on', async () => {
  const program = await openFlv(sourceOf(FLV));
  const reader = new LoopReader(program);
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const next = await reader.next();
    if (next?.frame.track.kind === 'video') times.push(next.mediaSeconds);
  }
  expect(times.length).toBeGreaterThan(100);
  for (const [i, time] of times.entries()) expect(time).toBeCloseTo(i * 0.04, 2);
  const late = await new LoopReader(program, 7.2).next();
  expect(late).toMatchObject({ frame: { key: true } });
  expect(late?.mediaSeconds).toBeCloseTo(7, 2);
});
