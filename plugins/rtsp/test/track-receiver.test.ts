import { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import { ntpFromUnixMs, parseRtcp, parseRtpFormat, RtpSync, serializeRtp, serializeSenderReport } from '@sluice/plugin-format-rtp';
import fc from 'fast-check';
import { TrackReceiver, type TrackReceiverOptions } from '../src/net/track-receiver.js';

const packet = (sequence: number, ssrc = 7, payloadType = 8) =>
  serializeRtp({ marker: false, payloadType, sequence: sequence & 0xffff, timestamp: sequence * 160, ssrc, payload: Buffer.alloc(160, sequence) });

function make(change: Partial<TrackReceiverOptions> = {}) {
  const frames: Frame[] = [];
  const counts: Record<string, number> = {};
  const sink = {
    frame: (frame: Frame) => frames.push(frame),
    unsupported: (codec: string) => {
      counts[codec] = 1;
    },
    count: (kind: string, by: number) => {
      counts[kind] = (counts[kind] ?? 0) + by;
    },
  };
  const options: TrackReceiverOptions = {
    format: parseRtpFormat('PCMA/8000'),
    payloadType: 8,
    trackId: 1,
    sync: new RtpSync(),
    startedAtMs: 1000,
    reorder: { packets: 64, holdMs: 200 },
    maxAccessUnitBytes: 1 << 20,
    reportIntervalMs: 5000,
    ...change,
  };
  const receiver = new TrackReceiver(options, sink);
  return { receiver, frames, counts, order: () => frames.map(({ units }) => units[0]?.[0]) };
}

describe('TrackReceiver', () => {
  it('puts datagrams in order and gives up what does not come', () => {
    const { receiver, counts, order } = make();
    for (const sequence of [1, 3, 2, 2, 5, 6]) receiver.rtp(packet(sequence), 1000);
    expect(order()).toEqual([1, 2, 3]);
    receiver.tick(1300);
    expect(order()).toEqual([1, 2, 3, 5, 6]);
    receiver.tick(1400);
    expect(counts).toEqual({ lost: 1, reordered: 1, duplicate: 1 });
  });

  it('waits for nothing on a connection', () => {
    const { receiver, order } = make({ reorder: undefined });
    for (const sequence of [1, 3, 4]) receiver.rtp(packet(sequence), 1000);
    expect(order()).toEqual([1, 3, 4]);
  });

  it('takes its payload type alone, and counts the rest', () => {
    const { receiver, counts, order } = make();
    receiver.rtp(packet(1, 7, 96), 1000);
    receiver.rtp(Buffer.from([1, 2, 3]), 1000);
    receiver.rtcp(Buffer.from([0x80, 200, 0, 9]), 1000);
    receiver.finish();
    expect(order()).toEqual([]);
    expect(counts).toEqual({ malformed: 3 });
  });

  it('places times by arrival, and by the sender report where there is one', () => {
    const sync = new RtpSync();
    const [a, b] = [make({ sync }), make({ sync })];
    const report = (rtpTimestamp: number) =>
      serializeSenderReport({ ssrc: 7, ntpTimestamp: ntpFromUnixMs(Date.UTC(2026, 0, 1)), rtpTimestamp, packetCount: 0, octetCount: 0, reports: [] });
    a.receiver.rtcp(report(160), 1000);
    a.receiver.rtp(packet(1), 1500);
    // The same moment, but it came half a second later. Time lines begin at one second.
    b.receiver.rtcp(report(320), 1000);
    b.receiver.rtp(packet(2), 2000);
    expect([a.frames[0]?.pts, b.frames[0]?.pts]).toEqual([12_000, 12_000]);
    expect(b.frames[0]?.wallClockMs).toBe(Date.UTC(2026, 0, 1));
  });

  it('begins anew with another sender', () => {
    const { receiver, counts, order } = make();
    receiver.rtp(packet(1), 1000);
    receiver.rtp(packet(9000, 8), 1020);
    receiver.rtp(packet(9001, 8), 1040);
    receiver.finish();
    expect(order()).toEqual([1, 9000 & 0xff, 9001 & 0xff]);
    expect(counts).toEqual({ resyncs: 1 });
  });

  it('reports once per interval while something comes', () => {
    const { receiver } = make();
    receiver.rtp(packet(1), 1000);
    receiver.rtp(packet(3), 1010);
    expect(receiver.tick(5000)).toBeUndefined();
    const report = receiver.tick(6000);
    expect(parseRtcp(report ?? Buffer.alloc(0))).toMatchObject([
      { type: 'receiver-report', reports: [{ ssrc: 7, cumulativeLost: 1, highestSequence: 0x10003 }] },
      { type: 'source-description' },
    ]);
    expect(receiver.tick(12_000)).toBeUndefined();
  });

  it('says what it cannot read, and does without parameters that cannot be read', () => {
    expect(make({ format: parseRtpFormat('SPEEX/8000') }).counts).toEqual({ SPEEX: 1 });
    const { receiver } = make({ format: parseRtpFormat('H264/90000', 'sprop-parameter-sets=Z0I,aM4') });
    expect(() => receiver.rtp(packet(1), 1000)).not.toThrow();
  });

  it('survives anything', () => {
    const { receiver } = make({ format: parseRtpFormat('MPEG4-GENERIC/44100/2', 'mode=AAC-hbr;config=1210;sizelength=13;indexlength=3') });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isControl) => {
        const head = Buffer.from([0x80, isControl ? 200 : 8]);
        if (isControl) receiver.rtcp(Buffer.concat([head, bytes]), 1000);
        else receiver.rtp(Buffer.concat([head, bytes]), 1000);
      }),
      { seed: 5, numRuns: 500 },
    );
    receiver.finish();
  });
});
