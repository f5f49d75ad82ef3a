import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { frameRfc4571, parseRtp, Rfc4571Deframer, serializeRtp } from '../src/index.js';

const SSRC = 200000101;

function packet(sequence: number, size = 40, payloadType = 96): Buffer {
  const payload = Buffer.alloc(size, sequence & 0x7f);
  return serializeRtp({ marker: false, payloadType, sequence, timestamp: 3600, ssrc: SSRC, payload });
}

function collect(known = false) {
  const packets: Buffer[] = [];
  const resyncs: number[] = [];
  const deframer = new Rfc4571Deframer({ packet: (bytes) => packets.push(bytes), resynced: (skipped) => resyncs.push(skipped) });
  if (known) deframer.expect(SSRC, 96);
  return { deframer, packets, resyncs };
}

const interleaved = (bytes: Buffer) => Buffer.concat([Buffer.from([0x24, 0, bytes.length >> 8, bytes.length & 0xff]), bytes]);
const four = [packet(1), packet(2, 9300), packet(3, 9), packet(4, 3)];

describe('Rfc4571Deframer', () => {
  it('gives packets as views of the chunk', () => {
    const { deframer, packets } = collect();
    const bytes = Buffer.concat(four.map(frameRfc4571));
    deframer.push(bytes);
    expect(packets).toEqual(four);
    expect(packets[0]?.buffer).toBe(bytes.buffer);
  });

  it.each([
    ['RFC 4571', frameRfc4571],
    ['interleaved', interleaved],
  ])('gives the same packets at every cut (%s)', (_, frame) => {
    const small = [packet(1), packet(2, 20), Buffer.from('80c9000100000001', 'hex'), packet(3, 5, 8)];
    const bytes = Buffer.concat(small.map(frame));
    for (let cut = 1; cut < bytes.length; cut++) {
      const { deframer, packets } = collect(true);
      deframer.push(bytes.subarray(0, cut));
      deframer.push(bytes.subarray(cut));
      expect(packets).toEqual(small);
    }
    const { deframer, packets } = collect();
    for (const byte of bytes) deframer.push(Buffer.from([byte]));
    expect(packets).toEqual(small);
  });

  it('takes a length that looks like a dollar sign', () => {
    const big = packet(7, 0x2430 - 12);
    const { deframer, packets } = collect();
    deframer.push(frameRfc4571(big));
    expect(packets).toEqual([big]);
  });

  it('skips null packets', () => {
    const { deframer, packets } = collect();
    deframer.push(Buffer.concat([Buffer.from([0, 0]), frameRfc4571(packet(1)), Buffer.from([0, 0])]));
    expect(packets).toHaveLength(1);
  });

  it('finds packets again by the SSRC, at every cut', () => {
    const bytes = Buffer.concat([frameRfc4571(packet(1)), Buffer.from('00ff1122334455667788990011', 'hex'), frameRfc4571(packet(2)), frameRfc4571(packet(3))]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const { deframer, packets, resyncs } = collect(true);
      deframer.push(bytes.subarray(0, cut));
      deframer.push(bytes.subarray(cut));
      expect(packets.map((p) => parseRtp(p).sequence)).toEqual([1, 2, 3]);
      expect(resyncs).toEqual([13]);
    }
  });

  it('never gives a packet torn by a congested sender', () => {
    const bytes = Buffer.concat([frameRfc4571(packet(1)), frameRfc4571(packet(2, 100)).subarray(0, 60), frameRfc4571(packet(3)), frameRfc4571(packet(4))]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const { deframer, packets, resyncs } = collect(true);
      deframer.push(bytes.subarray(0, cut));
      deframer.push(bytes.subarray(cut));
      expect(packets).toEqual([packet(1), packet(3), packet(4)]);
      expect(resyncs).toHaveLength(1);
    }
  });

  it('skips the private header of EHOME, at every cut', () => {
    const header = Buffer.alloc(256, 0x80);
    header.set([1, 0, 1, 0]);
    const withReturn = Buffer.concat([packet(2).subarray(0, 12), Buffer.from('\r'), packet(2).subarray(12)]);
    for (const frame of [frameRfc4571, interleaved]) {
      const bytes = Buffer.concat([header, frame(packet(1)), frame(withReturn), frame(packet(3))]);
      for (let cut = 1; cut < bytes.length; cut++) {
        const { deframer, packets, resyncs } = collect();
        deframer.push(bytes.subarray(0, cut));
        deframer.push(bytes.subarray(cut));
        expect(packets).toEqual([packet(1), packet(2), packet(3)]);
        expect(resyncs).toEqual([]);
      }
    }
    const { deframer, packets } = collect();
    const of256 = packet(9, 256 - 12);
    deframer.push(frameRfc4571(of256));
    expect(packets).toEqual([of256]);
  });

  it('headers of EHOME without end are no stream', () => {
    const { deframer } = collect(true);
    const header = Buffer.alloc(256);
    header.set([1, 0, 1, 0]);
    for (const i of [1, 2, 3]) deframer.push(Buffer.concat([header, frameRfc4571(packet(i))]));
    expect(() => {
      for (let i = 0; i < 2000; i++) deframer.push(header);
    }).toThrow(expect.objectContaining({ code: 'ERR_RTP_DESYNC' }));
  });

  it('searches no further than the limit, and finds what is just within it', () => {
    const junk = Buffer.alloc(250 * 1024, 0x11);
    const { deframer, packets, resyncs } = collect(true);
    deframer.push(Buffer.concat([frameRfc4571(packet(1)), junk, frameRfc4571(packet(2)), frameRfc4571(packet(3))]));
    expect(packets.map((p) => parseRtp(p).sequence)).toEqual([1, 2, 3]);
    expect(resyncs).toEqual([junk.length]);
  });

  it('gives up on a stream that is none', () => {
    expect(() => collect().deframer.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow(expect.objectContaining({ code: 'ERR_RTP_DESYNC', fatal: true }));
    const { deframer } = collect(true);
    expect(() => {
      for (let i = 0; i < 300; i++) deframer.push(Buffer.alloc(1024, 1));
    }).toThrow(expect.objectContaining({ code: 'ERR_RTP_DESYNC' }));
  });

  it('gives up on packets nested in packets', () => {
    const nested = Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.concat([Buffer.from([0xff - (i >> 3), 0]), packet(i, 0)])));
    const { deframer } = collect(true);
    expect(() => deframer.push(Buffer.concat([nested, Buffer.alloc(70_000)]))).toThrow(SluiceError);
  });

  it('survives anything', () => {
    const good = Buffer.concat(four.map(frameRfc4571));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 20 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.boolean(),
        (edits, step, known) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of edits) bytes[at] = value;
          const { deframer, packets } = collect(known);
          try {
            for (let at = 0; at < bytes.length; at += step) deframer.push(bytes.subarray(at, at + step));
          } catch (error) {
            expect(error).toBeInstanceOf(SluiceError);
          }
          for (const p of packets) expect(p.length).toBeLessThanOrEqual(0xffff);
        },
      ),
      { seed: 4571, numRuns: 300 },
    );
  });
});
