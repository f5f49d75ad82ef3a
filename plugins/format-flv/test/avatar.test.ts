import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@sluice/core';
import { FlvDemuxer, flvForm, flvLegacyHevcForm } from '../src/index.js';

const file = join(import.meta.dirname, '../../../../shared/cases/media/avatar.flv');
const there = existsSync(file) ? it : it.skip;

function demux(bytes: Buffer, step = bytes.length): Frame[] {
  const frames: Frame[] = [];
  const demuxer = new FlvDemuxer({ onFrame: (frame) => frames.push(frame) });
  for (let at = 0; at < bytes.length; at += step) demuxer.receive(bytes.subarray(at, at + step));
  return frames;
}

const facts = (frame: Frame) => [frame.track.id, frame.track.codec, frame.dts, frame.pts, frame.key, Buffer.concat(frame.units).toString('base64')];

describe('a real file', () => {
  there.each([flvForm, flvLegacyHevcForm])('gives the same frames after demux, mux ($name) and demux', (form) => {
    const frames = demux(readFileSync(file));
    expect(frames.filter(({ track }) => track.kind === 'video').length).toBeGreaterThan(100);
    expect(frames.filter(({ track }) => track.kind === 'audio').length).toBeGreaterThan(100);
    const tracks = [...new Map(frames.map(({ track }) => [track.id, track])).values()];
    const muxer = form.createMuxer(tracks);
    const parts = [muxer.header(tracks)];
    for (const frame of frames) muxer.mux(frame, { append: (bytes) => parts.push(bytes) });
    expect(demux(Buffer.concat(parts)).map(facts)).toEqual(frames.map(facts));
  });

  there('gives the same frames in pieces of any size', () => {
    const bytes = readFileSync(file);
    const whole = demux(bytes).map(facts);
    for (const step of [1, 7, 1400, 65536]) expect(demux(bytes, step).map(facts)).toEqual(whole);
  });
});
