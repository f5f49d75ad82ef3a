import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import {
  ntpFromUnixMs,
  parseRtcp,
  ReceiverStatistics,
  type RtcpReportBlock,
  serializeGoodbye,
  serializeReceiverReport,
  serializeSenderReport,
  serializeSourceDescription,
  unixMsFromNtp,
} from '../src/index.js';
import { bytes } from './support.js';

const block: RtcpReportBlock = {
  ssrc: 0xbc5e9a40,
  fractionLost: 12,
  cumulativeLost: -3,
  highestSequence: 0x146e1,
  jitter: 273,
  lastSenderReport: 0x9f36432,
  delaySinceLastSenderReport: 150137,
};

describe('RTCP (RFC 3550 6)', () => {
  it('what is written is read back', () => {
    const sender = { ssrc: 1, ntpTimestamp: 0xe0000000_80000000n, rtpTimestamp: 0xfffffff0, packetCount: 7, octetCount: 9, reports: [block] };
    const sources = [
      { ssrc: 1, items: [{ type: 1, text: 'camera@10.0.0.1' }] },
      {
        ssrc: 2,
        items: [
          { type: 1, text: 'abc' },
          { type: 6, text: '' },
        ],
      },
      { ssrc: 3, items: [] },
    ];
    const compound = Buffer.concat([
      serializeSenderReport(sender),
      serializeReceiverReport({ ssrc: 5, reports: [block, block] }),
      serializeSourceDescription(sources),
      serializeGoodbye([1, 2], 'tired'),
      serializeGoodbye([3]),
    ]);
    expect(parseRtcp(compound)).toEqual([
      { type: 'sender-report', ...sender },
      { type: 'receiver-report', ssrc: 5, reports: [block, block] },
      { type: 'source-description', sources },
      { type: 'goodbye', ssrcs: [1, 2], reason: 'tired' },
      { type: 'goodbye', ssrcs: [3] },
    ]);
    expect(compound.length % 4).toBe(0);
  });

  it('a report of a real receiver', () => {
    // pion/rtcp, receiver_report_test.go, MIT
    const data = bytes('81c90007 902f9e2e bc5e9a40 00000000 000046e1 00000111 09f36432 00024a79');
    expect(parseRtcp(data)).toEqual([
      {
        type: 'receiver-report',
        ssrc: 0x902f9e2e,
        reports: [
          {
            ssrc: 0xbc5e9a40,
            fractionLost: 0,
            cumulativeLost: 0,
            highestSequence: 0x46e1,
            jitter: 273,
            lastSenderReport: 0x9f36432,
            delaySinceLastSenderReport: 150137,
          },
        ],
      },
    ]);
    expect(serializeReceiverReport({ ssrc: 0x902f9e2e, reports: [{ ...block, fractionLost: 0, cumulativeLost: 0, highestSequence: 0x46e1 }] })).toEqual(data);
  });

  it('other types and padding', () => {
    expect(parseRtcp(bytes('a1cb0002 00000001 00000004'))).toEqual([{ type: 'goodbye', ssrcs: [1] }]);
    expect(parseRtcp(bytes('81ce0002 00000001 00000002'))).toEqual([{ type: 'other', packetType: 206, count: 1, body: bytes('0000000100000002') }]);
  });

  it.each(['80', '40c90001 00000001', '80c90002 00000001', '81c90001 00000001', '81ca0001 00000001 ', '81ca0002 00000001 01ff0000', 'a1cb0001 000000ff'])(
    'refuses %s',
    (text) => {
      if (text === '81ca0001 00000001 ') expect(parseRtcp(bytes(text))).toHaveLength(1);
      else expect(() => parseRtcp(bytes(text))).toThrow(expect.objectContaining({ code: 'ERR_RTP_RTCP' }));
    },
  );

  it('NTP times', () => {
    expect(ntpFromUnixMs(0)).toBe(2_208_988_800n << 32n);
    for (const ms of [1, 999, 1_700_000_000_123]) expect(unixMsFromNtp(ntpFromUnixMs(ms))).toBe(ms);
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(200, 201, 202, 203, 204), fc.nat(31), (data, type, count) => {
        const body = Buffer.from(data.subarray(0, data.length & ~3));
        const packet = Buffer.concat([Buffer.from([0x80 | count, type, 0, body.length / 4]), body]);
        try {
          parseRtcp(packet);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 3550, numRuns: 1000 },
    );
  });
});

const folder = join(import.meta.dirname, '../../../../shared/cases/corpus/rtcp');
(existsSync(folder) ? describe : describe.skip)('corpus rtcp/*', () => {
  const files = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.(bin|rtcp)$/.test(name)) : [];
  it.each(files)('%s', (name) => {
    const read = () => parseRtcp(readFileSync(join(folder, name)));
    let failed = false;
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(SluiceError);
      failed = true;
    }
    if (/truncated|goodbye.*(not_byte|short_reason)|bad_cname_length/.test(name)) expect(failed).toBe(true);
    if (/realPacket|rtcp_(bye|sdes)\.bin/.test(name)) expect(failed).toBe(false);
  });
});

describe('ReceiverStatistics', () => {
  it('counts are those of a relay that drops, repeats and swaps', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.array(fc.constantFrom('pass', 'pass', 'pass', 'drop', 'twice', 'late'), { minLength: 10, maxLength: 3000 }),
        (first, fates) => {
          const statistics = new ReceiverStatistics(90_000);
          const put = (i: number) => statistics.receive({ sequence: (first + i) & 0xffff, timestamp: i * 90 }, i);
          let dropped = 0;
          let twice = 0;
          let late: number | undefined;
          let swapped = 0;
          fates.forEach((fate, i) => {
            const isEdge = i === 0 || i === fates.length - 1;
            if (fate === 'drop' && !isEdge) {
              dropped++;
              return;
            }
            if (fate === 'late' && !isEdge && late === undefined) {
              late = i;
              return;
            }
            put(i);
            if (fate === 'twice') {
              put(i);
              twice++;
            }
            if (late !== undefined) {
              put(late);
              swapped++;
              late = undefined;
            }
          });
          expect(statistics.counts).toEqual({
            expected: fates.length,
            received: fates.length - dropped,
            lost: dropped,
            duplicate: twice,
            reordered: swapped,
            restarts: 0,
          });
        },
      ),
      { seed: 10, numRuns: 100 },
    );
  });

  it('the fraction is that since the last report; sequence numbers go round', () => {
    const statistics = new ReceiverStatistics(90_000);
    for (let i = 0; i < 100; i++) if (i % 4 !== 1) statistics.receive({ sequence: (65_500 + i) & 0xffff, timestamp: 0 }, 0);
    expect(statistics.report(7, 0)).toMatchObject({ ssrc: 7, fractionLost: 64, cumulativeLost: 25 });
    for (let i = 100; i < 200; i++) statistics.receive({ sequence: (65_500 + i) & 0xffff, timestamp: 0 }, 0);
    const { fractionLost, cumulativeLost, highestSequence } = statistics.report(7, 0);
    expect([fractionLost, cumulativeLost, highestSequence & 0xffff]).toEqual([0, 25, (65_500 + 199) & 0xffff]);
    expect(statistics.report(7, 0).fractionLost).toBe(0);
  });

  it('duplicates hide loss in reports, as the standard has it, but not in the counts', () => {
    const statistics = new ReceiverStatistics(90_000);
    for (const sequence of [1, 2, 2, 4]) statistics.receive({ sequence, timestamp: 0 }, 0);
    expect(statistics.report(1, 0).cumulativeLost).toBe(0);
    expect(statistics.counts.lost).toBe(1);
  });

  it('a packet from before the first one; a stray; a sender that begins anew', () => {
    const statistics = new ReceiverStatistics(90_000);
    const put = (...list: number[]) => list.forEach((sequence) => void statistics.receive({ sequence, timestamp: 0 }, 0));
    put(1, 0, 2, 40_000, 3);
    expect(statistics.counts).toEqual({ expected: 4, received: 4, lost: 0, duplicate: 0, reordered: 1, restarts: 0 });
    put(40_000, 40_001, 40_003);
    expect(statistics.counts).toEqual({ expected: 8, received: 7, lost: 1, duplicate: 0, reordered: 1, restarts: 1 });
  });

  it('jitter (A.8)', () => {
    const even = new ReceiverStatistics(8000);
    for (let i = 0; i < 50; i++) even.receive({ sequence: i, timestamp: (0xffff_ff00 + 160 * i) >>> 0 }, 20 * i);
    expect(even.jitter).toBeCloseTo(0);
    const uneven = new ReceiverStatistics(8000);
    for (let i = 0; i < 500; i++) uneven.receive({ sequence: i, timestamp: 160 * i }, 20 * i + (i % 2) * 5);
    expect(uneven.jitterMs).toBeCloseTo(5, 1);
    const before = uneven.jitter;
    uneven.receive({ sequence: 500, timestamp: 0x80000000 }, 10_000);
    expect(uneven.jitter).toBe(before);
  });

  it('tells the delay since the last sender report', () => {
    const statistics = new ReceiverStatistics(90_000);
    statistics.receive({ sequence: 1, timestamp: 0 }, 0);
    expect(statistics.report(1, 5)).toMatchObject({ lastSenderReport: 0, delaySinceLastSenderReport: 0 });
    statistics.senderReport(0x11112222_33334444n, 1000);
    expect(statistics.report(1, 2500)).toMatchObject({ lastSenderReport: 0x22223333, delaySinceLastSenderReport: 98_304 });
  });
});
