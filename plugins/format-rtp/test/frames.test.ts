import type { Frame } from '@sluice/core';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { createPacketizer, createRtpFrames, parseRtp, parseRtpFormat, type RtpFormat, type RtpPacket, rtpFormatOf, type SystemDemuxer } from '../src/index.js';
import { fixture, hex, packet, packetsOf } from './support.js';

function framesOf(format: RtpFormat, packets: readonly RtpPacket[], loses: ReadonlySet<number> = new Set()) {
  const frames: Frame[] = [];
  const unsupported: string[] = [];
  const rtpFrames = createRtpFrames(format, { frame: (frame) => void frames.push(frame), unsupported: (codec) => void unsupported.push(codec) });
  if (rtpFrames === undefined) throw new Error('a format that is not known');
  for (const [i, one] of packets.entries()) {
    if (loses.has(i)) rtpFrames.lost();
    else rtpFrames.push(one, 1000 + i);
  }
  rtpFrames.finish();
  return { frames, rtpFrames };
}

/** From each frame to the next. */
const intervals = (frames: readonly Frame[]) => frames.slice(1).map(({ pts }, i) => pts - (frames[i]?.pts ?? 0));

/** The packets that our own packetiser makes of frames. */
function packetsFrom(frames: readonly Frame[]): { format: RtpFormat; packets: RtpPacket[] } {
  const track = frames[0]?.track;
  const format = track && rtpFormatOf(track);
  const packetizer = track && createPacketizer(track, { payloadType: 96, ssrc: 1, sequence: 65_530, timestampOffset: 0xffffff00, maxPayload: 300 });
  if (format === undefined || packetizer === undefined) throw new Error('no packetiser');
  const packets: RtpPacket[] = [];
  for (const frame of frames) {
    packetizer.packetize(frame, {
      append(bytes, ends) {
        for (const [i, end] of ends.entries()) packets.push(parseRtp(bytes.subarray(ends[i - 1] ?? 0, end)));
      },
    });
  }
  return { format, packets };
}

describe.each([
  ['H264/90000', 'ff-h264', 'v.h264'],
  ['H265/90000', 'ff-h265', 'v.h265'],
])('%s of FFmpeg', (rtpmap, name, source) => {
  const packets = packetsOf(fixture(`${name}.rtp4571`));
  const sent = splitAnnexB(fixture(source));

  it('gives the units sent, in frames whose decoding times go forward', () => {
    const { frames } = framesOf(parseRtpFormat(rtpmap), packets);
    expect(hex(frames.flatMap(({ units }) => units))).toEqual(hex(sent));
    expect(frames).toHaveLength(20);
    expect(frames[0]).toMatchObject({ key: true, track: { id: 0, clockRate: 90_000 } });
    for (const [i, frame] of frames.entries()) {
      expect(frame.pts).toBeGreaterThanOrEqual(frame.dts);
      if (i > 0) expect(frame.dts).toBeGreaterThan(frames[i - 1]?.dts ?? 0);
    }
  });

  it('and the same once more through our packets', () => {
    const { frames } = framesOf(parseRtpFormat(rtpmap), packets);
    const { format, packets: ours } = packetsFrom(frames);
    const { frames: back } = framesOf(format, ours);
    expect(back.map(({ key, units }) => [key, hex(units)])).toEqual(frames.map(({ key, units }) => [key, hex(units)]));
    expect(intervals(back)).toEqual(intervals(frames));
  });

  it('after a loss, waits for a key frame and says what it left out', () => {
    const { frames, rtpFrames } = framesOf(parseRtpFormat(rtpmap), packets, new Set([Math.floor(packets.length / 3)]));
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.length).toBeLessThan(20);
    expect(rtpFrames.counts.damaged + rtpFrames.counts.skipped).toBeGreaterThanOrEqual(20 - frames.length);
    const whole = hex(sent);
    for (const unit of hex(frames.flatMap(({ units }) => units))) expect(whole).toContain(unit);
  });
});

it.each([
  ['OPUS/48000/2', 'ff-opus', 'opus', 960],
  ['OPUS/48000/2', 'gst-opus', 'opus', 960],
  ['PCMA/8000', 'ff-pcma', 'g711a', undefined],
  ['MPEG4-GENERIC/44100/1', 'ff-aac', 'aac', 1024],
  ['MP4A-LATM/44100', 'gst-mp4a', 'aac', 1024],
])('%s of %s: sound, and the same once more through our packets', (rtpmap, name, codec, step) => {
  const packets = packetsOf(fixture(`${name}.rtp4571`));
  const fmtp = rtpmap.startsWith('MPEG4')
    ? 'sizelength=13;indexlength=3;indexdeltalength=3;config=1208'
    : rtpmap.startsWith('MP4A')
      ? 'cpresent=0;config=40002420adca'
      : '';
  const { frames } = framesOf(parseRtpFormat(rtpmap, fmtp), packets);
  expect(frames.length).toBeGreaterThan(5);
  expect(frames[0]?.track).toMatchObject({ id: 1, codec });
  const { format, packets: ours } = packetsFrom(frames);
  const { frames: back } = framesOf(format, ours);
  expect(hex(back.map(({ units }) => Buffer.concat(units))).join('')).toBe(hex(frames.map(({ units }) => Buffer.concat(units))).join(''));
  if (step === undefined) return; // cut otherwise
  expect(intervals(frames)).toContain(step);
  expect(intervals(back)).toEqual(intervals(frames));
});

describe('streams of bytes', () => {
  class Recorder implements SystemDemuxer {
    static readonly seen: unknown[] = [];
    readonly counts = { refused: 1, skipped: 2 };
    readonly demuxed = { damaged: 3, packets: 4 };
    readonly announced = ['video'] as const;
    push(bytes: Buffer, fallbackTicks: number): void {
      Recorder.seen.push([bytes.toString('hex'), fallbackTicks]);
    }
    lost(): void {
      Recorder.seen.push('lost');
    }
    hint(): void {
      Recorder.seen.push('hint');
    }
    finish(): void {
      Recorder.seen.push('finish');
    }
  }

  it('go to the demuxer for them, with unwrapped times', () => {
    const sink = { frame: () => undefined, unsupported: () => undefined };
    const frames = createRtpFrames(parseRtpFormat('MP2T/90000'), sink, { demuxers: { MP2T: Recorder } });
    frames?.push(packet('47', { timestamp: 0xffffffff }), 0);
    frames?.lost();
    frames?.push(packet('48', { timestamp: 3600, marker: true }), 0);
    frames?.finish();
    expect(Recorder.seen).toEqual([['47', 0xffffffff], 'lost', ['48', 2 ** 32 + 3600], 'hint', 'finish']);
    expect(frames).toMatchObject({ counts: { damaged: 3, refused: 1, skipped: 2 }, announced: ['video'], recognised: true });
  });

  it('are not known without one', () => {
    const sink = { frame: () => undefined, unsupported: () => undefined };
    expect(createRtpFrames(parseRtpFormat('MP2T/90000'), sink)).toBeUndefined();
  });
});
