import { Buffer } from 'node:buffer';
import type { Frame, Track, WireMuxer } from '@sluice/core';
import { aac, makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { g711a } from '@sluice/plugin-codec-g711';
import { parseRtcp, parseRtp, unixMsFromNtp } from '@sluice/plugin-format-rtp';
import { createRtpForm, payloadTypeOf, type RtpFormOptions } from '../src/map/rtp-form.js';
import { beginningsOf, eachFrame } from '../src/map/rtp-info.js';

const WALL_MS = Date.UTC(2026, 0, 1);
const sequence = [11, 0x1ffff, 100, 22, 5, 200];
const options = (): RtpFormOptions => {
  const numbers = [...sequence];
  return { maxPayloadBytes: 100, reportIntervalMs: 5000, random: () => numbers.shift() ?? 0, wallMs: () => WALL_MS };
};

const aacOf = (sampleRate: number) => parseAudioSpecificConfig(makeAudioSpecificConfig({ sampleRate, channels: 2 }));
const sounds = g711a.createBuilder({ trackId: 1, clockRate: 8000 });
const music = aac.createBuilder({ trackId: 2, clockRate: 44_100, parameters: aacOf(44_100) });

function frameOf(builder: typeof sounds, ticks: number, bytes = 50): Frame {
  const frame = builder.build([Buffer.alloc(bytes, 1)], ticks, ticks);
  if (frame === undefined) throw new Error('no frame');
  return frame;
}

class Out {
  readonly entries: { readonly bytes: Buffer; readonly ends: readonly number[] | undefined }[] = [];

  append(bytes: Buffer, ends?: readonly number[]): void {
    this.entries.push({ bytes, ends });
  }

  /** What is on a channel. */
  on(wanted: number): Buffer[] {
    const found: Buffer[] = [];
    for (const { bytes } of this.entries) {
      eachFrame(bytes, (channel, start, end) => {
        if (channel === wanted) found.push(bytes.subarray(start, end));
        return true;
      });
    }
    return found;
  }
}

describe('the form', () => {
  const channels = new Map([
    [1, 0],
    [2, 2],
  ]);
  let muxer: WireMuxer;
  let out: Out;
  const tracks: readonly Track[] = [frameOf(sounds, 0).track, frameOf(music, 0).track];
  beforeEach(() => {
    muxer = createRtpForm(channels, options()).createMuxer(tracks);
    out = new Out();
  });

  it('is shared by those who chose the same channels, in whatever order', () => {
    const other = new Map([...channels].reverse());
    expect(createRtpForm(channels, options()).name).toBe(createRtpForm(other, options()).name);
    expect(createRtpForm(new Map([[1, 0]]), options()).name).not.toBe(createRtpForm(channels, options()).name);
  });

  it('is of those to whom the same was described, and ends where it would be something else', () => {
    const [sound, ...others] = tracks as [Track, ...Track[]];
    const asAac = { ...(others[0] as Track), id: sound.id };
    const form = createRtpForm(channels, options(), [asAac, ...others]);
    expect(form.name).not.toBe(createRtpForm(channels, options(), tracks).name);
    expect(() => form.createMuxer(tracks).mux(frameOf(sounds, 160), out)).toThrow('is another one now');
    expect(() => createRtpForm(channels, options(), tracks).createMuxer(tracks).mux(frameOf(sounds, 160), out)).not.toThrow();
  });

  it('accepts the tracks that were set up and can be sent', () => {
    const form = createRtpForm(channels, options());
    expect(tracks.map((track) => form.accepts(track))).toEqual([true, true]);
    expect(tracks.map((track) => form.accepts({ ...track, id: 7 }))).toEqual([false, false]);
    expect(tracks.map((track) => form.accepts({ ...track, codec: 'speex' }))).toEqual([false, false]);
    expect(tracks.map(payloadTypeOf)).toEqual([8, 98]);
  });

  it('makes packets in frames of their channel, one after the other', () => {
    muxer.mux(frameOf(sounds, 160), out);
    muxer.mux(frameOf(music, 1024, 250), out);
    muxer.mux(frameOf(sounds, 210), out);
    const [first, second] = out.on(0).map(parseRtp);
    expect(first).toMatchObject({ payloadType: 8, ssrc: 11, sequence: 0xffff, timestamp: 260 });
    expect(second).toMatchObject({ ssrc: 11, sequence: 0, timestamp: 310 });
    const pieces = out.on(2);
    expect(pieces.map((packet) => parseRtp(packet).ssrc)).toEqual([22, 22, 22]);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(112);
    expect(out.entries[1]?.ends).toHaveLength(3);
  });

  it('tells joiners of one moment in all tracks', () => {
    muxer.mux(frameOf(sounds, 16_000), out);
    out.entries.length = 0;
    // A track that has sent nothing yet is told of too.
    out.append(muxer.header(tracks));
    const [a, b] = [out.on(1)[0], out.on(3)[0]].map((bytes) => parseRtcp(bytes ?? Buffer.alloc(0)));
    // The newest frame is at 2 s: both tracks are there in their own ticks and offsets.
    expect(a?.[0]).toMatchObject({ type: 'sender-report', ssrc: 11, rtpTimestamp: 16_000 + 100, packetCount: 1, octetCount: 50 });
    expect(b?.[0]).toMatchObject({ type: 'sender-report', ssrc: 22, rtpTimestamp: 88_200 + 200, packetCount: 0 });
    expect(a?.[1]).toMatchObject({ type: 'source-description', sources: [{ ssrc: 11 }] });
    const times = [a, b].map((packets) => (packets?.[0]?.type === 'sender-report' ? unixMsFromNtp(packets[0].ntpTimestamp) : 0));
    expect(times).toEqual([times[0], times[0]]);
  });

  it('reports in time once somebody joined, on one line', () => {
    for (let second = 0; second < 20; second++) muxer.mux(frameOf(sounds, 8000 * second), out);
    expect(out.on(1)).toEqual([]);
    muxer.header(tracks);
    for (let second = 20; second < 40; second++) muxer.mux(frameOf(sounds, 8000 * second), out);
    const reports = out.on(1).map((bytes) => parseRtcp(bytes)[0]);
    const told = reports.map((report) => (report?.type === 'sender-report' ? [report.rtpTimestamp - 100, unixMsFromNtp(report.ntpTimestamp)] : []));
    expect(told.map(([ticks = 0]) => ticks / 8000)).toEqual([20, 25, 30, 35]);
    for (const [ticks = 0, wallMs = 0] of told) expect(wallMs - ticks / 8).toBe(WALL_MS - 19_000);
  });

  it('ends where a description would be wrong, and goes on where it is not', () => {
    const [sound, song] = tracks as [Track, Track];
    muxer.mux(frameOf(sounds, 0), out);
    muxer.mux(frameOf(music, 0), out);
    const told = () => muxer.changed({ ...sound, epoch: 1 }, 0, out);
    expect(told).not.toThrow();
    const follows = createRtpForm(channels, options()).follows;
    expect([follows?.(sound, { ...sound, epoch: 1 }), follows?.(sound, { ...sound, codec: 'g711u', epoch: 1 })]).toEqual([true, false]);
    expect(() => muxer.changed({ ...sound, codec: 'g711u', epoch: 1 }, 0, out)).toThrow(expect.objectContaining({ code: 'ERR_RTSP_OUTDATED' }));
    expect(() => muxer.changed({ ...song, parameters: aacOf(22_050), epoch: 1 }, 0, out)).toThrow(expect.objectContaining({ code: 'ERR_RTSP_OUTDATED' }));
  });
});

describe('beginningsOf', () => {
  const rates = new Map([
    [0, 8000],
    [2, 44_100],
  ]);

  it('says where each track is at the moment of the earliest first packet', () => {
    const out = new Out();
    const muxer = createRtpForm(
      new Map([
        [1, 0],
        [2, 2],
      ]),
      options(),
    ).createMuxer([]);
    muxer.mux(frameOf(sounds, 8000), out);
    muxer.mux(frameOf(music, 66_150), out);
    const pieces = [muxer.header([]), ...out.entries.map(({ bytes }) => bytes)];
    expect([...beginningsOf(pieces, rates)]).toEqual([
      [0, { ssrc: 11, timestamp: 8100 }],
      // 1 s, as the other: its own first packet is half a second later.
      [2, { ssrc: 22, timestamp: 44_300 }],
    ]);
    // Without packets, the moment is that of the reports.
    expect([...beginningsOf([muxer.header([])], rates)]).toEqual([
      [0, { ssrc: 11, timestamp: 12_100 }],
      [2, { ssrc: 22, timestamp: 66_350 }],
    ]);
  });

  it('says nothing where there is nothing', () => {
    expect(beginningsOf([], rates).size).toBe(0);
    expect(beginningsOf([Buffer.from([0x24, 1, 0, 2, 0x80, 200])], rates).size).toBe(0);
  });
});
