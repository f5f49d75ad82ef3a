import fc from 'fast-check';
import { isRtcp, parseRtp, serializeRtp, tryParseRtp } from '../src/index.js';

describe('RTP packet', () => {
  it('reads header, CSRCs, extension and padding', () => {
    const bytes = Buffer.from('b2e0 0102 00000e10 0bebc265 00000001 00000002 bede 0001 10aa0000 cafebabe 000003'.replaceAll(' ', ''), 'hex');
    const packet = parseRtp(bytes);
    expect(packet).toMatchObject({ marker: true, payloadType: 96, sequence: 0x102, timestamp: 3600, ssrc: 200000101, csrcs: [1, 2] });
    expect(packet.extension).toEqual({ profile: 0xbede, data: Buffer.from('10aa0000', 'hex') });
    expect(packet.payload.toString('hex')).toBe('cafebabe');
  });

  it.each([
    ['ERR_RTP_TRUNCATED', '80600001000000000000'],
    ['ERR_RTP_TRUNCATED', '816000010000000000000001'],
    ['ERR_RTP_TRUNCATED', '906000010000000000000001bede0002aaaaaaaa'],
    ['ERR_RTP_VERSION', '406000010000000000000001'],
    ['ERR_RTP_PADDING', 'a06000010000000000000001aabb04'],
  ])('refuses with %s', (code, hex) => {
    expect(tryParseRtp(Buffer.from(hex, 'hex'))).toBe(code);
    expect(() => parseRtp(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }));
  });

  it('tells RTCP', () => {
    expect(isRtcp(Buffer.from('80c9000100000001', 'hex'))).toBe(true);
    expect(isRtcp(Buffer.from('80e0000100000001', 'hex'))).toBe(false);
  });

  it('parses what it serialises', () => {
    const u32 = fc.nat(0xffffffff);
    const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((a) => Buffer.from(a));
    const arbitrary = fc.record(
      {
        marker: fc.boolean(),
        payloadType: fc.nat(127),
        sequence: fc.nat(0xffff),
        timestamp: u32,
        ssrc: u32,
        csrcs: fc.array(u32, { maxLength: 15 }),
        extension: fc.record({ profile: fc.nat(0xffff), data: bytes(5).map((b) => Buffer.alloc(b.length * 4, b)) }),
        payload: bytes(50),
      },
      { requiredKeys: ['marker', 'payloadType', 'sequence', 'timestamp', 'ssrc', 'csrcs', 'payload'] },
    );
    fc.assert(
      fc.property(arbitrary, (packet) => {
        const parsed = parseRtp(serializeRtp(packet));
        expect({ ...parsed, payload: Buffer.from(parsed.payload) }).toEqual(packet);
      }),
      { seed: 3550 },
    );
  });
});
