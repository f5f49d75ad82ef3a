import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { type ParsedRtpDumpRecord, type RtpDumpHeader, RtpDumpParser, serializeRtpDumpHeader, serializeRtpDumpRecord } from '../src/index.js';
import { bytes } from './support.js';

function read(chunks: readonly Buffer[]) {
  const headers: RtpDumpHeader[] = [];
  const records: ParsedRtpDumpRecord[] = [];
  const parser = new RtpDumpParser({
    header: (header) => headers.push(header),
    record: (record) => records.push({ ...record, bytes: Buffer.from(record.bytes) }),
  });
  for (const chunk of chunks) parser.push(chunk);
  return { headers, records, pending: parser.pending };
}

const header: RtpDumpHeader = { startMs: 1_700_000_000_123, address: '192.168.1.64', port: 30_000, transport: 'tcp' };
const list = [
  { offsetMs: 0, bytes: bytes('8060000100000000000000010102') },
  { offsetMs: 40, bytes: bytes('80c9000100000001') },
  { offsetMs: 90_000_000, bytes: Buffer.concat([bytes('806000020000000000000001'), Buffer.alloc(60, 7)]) },
];
const file = Buffer.concat([serializeRtpDumpHeader(header), ...list.map(serializeRtpDumpRecord)]);

describe('RTP dump (rtptools)', () => {
  it('the bytes rtpdump writes', () => {
    expect(file.subarray(0, 75).toString('hex')).toBe(
      Buffer.concat([
        Buffer.from('#!rtpplay1.0 192.168.1.64/30000\n'),
        bytes('6553f100 0001e078 c0a80140 7530 0006'),
        bytes('0016 000e 00000000 8060000100000000000000010102'),
        bytes('0010 0000 00'),
      ]).toString('hex'),
    );
  });

  it('is read back, at every cut', () => {
    const expected = { headers: [header], pending: 0, records: list.map((one, i) => ({ ...one, isRtcp: i === 1, truncated: false })) };
    for (let cut = 0; cut < file.length; cut++) expect(read([file.subarray(0, cut), file.subarray(cut)])).toEqual(expected);
    expect(read(Array.from(file, (byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it('a file cut short gives the whole records', () => {
    const { records, pending } = read([file.subarray(0, -1)]);
    expect(records).toHaveLength(2);
    expect(pending).toBe(8 + 72 - 1);
  });

  it('a packet too long for a record is cut and says so; IPv6; no transport', () => {
    const [record] = read([
      serializeRtpDumpHeader({ startMs: 0, address: '::1', port: 1 }),
      serializeRtpDumpRecord({ offsetMs: 1, bytes: Buffer.alloc(65_535, 0x80) }),
    ]).records;
    expect(record).toMatchObject({ truncated: true, isRtcp: false });
    expect(record?.bytes.length).toBe(65_527);
    expect(read([serializeRtpDumpHeader({ startMs: 0, address: '::1', port: 1 })]).headers).toEqual([{ startMs: 0, address: '::1', port: 1 }]);
  });

  it('refuses what is no dump', () => {
    for (const data of [
      Buffer.from('GIF89a'),
      Buffer.from(`#!rtpplay1.0 ${'x'.repeat(100)}`),
      Buffer.from('#!rtpplay1.0 x\n'),
      Buffer.concat([file, bytes('0001000000000000')]),
    ]) {
      expect(() => read([data])).toThrow(expect.objectContaining({ code: 'ERR_RTP_DUMP', fatal: true }));
    }
    expect(() => serializeRtpDumpHeader({ startMs: 0, address: 'a/b', port: 1 })).toThrow(SluiceError);
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 10 }), fc.integer({ min: 1, max: 500 }), (edits, step) => {
        const data = Buffer.from(file);
        for (const [at, value] of edits) data[at] = value;
        try {
          read(Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data.subarray(i * step, (i + 1) * step)));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
