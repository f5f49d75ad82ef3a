import fc from 'fast-check';
import { payloadFormats } from '../src/proto/payload-formats.js';
import { PayloadSniffer } from '../src/proto/payload-sniffer.js';
import { noise } from './relay.js';

describe('payload formats', () => {
  const sdp = [
    'v=0',
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    'a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAHg==,aM48gA==',
    'a=rtpmap:97 PCMA/8000',
  ].join('\r\r\n');

  it('the map wins over the SDP, that over the configuration; parameters come from the SDP', () => {
    const formats = payloadFormats({ payloadMap: { 96: 'H265/90000', 98: 'H264/90000' }, sdp, fallbackMap: { 97: 'PCMU/8000', 102: 'AAC/8000/1' } });
    expect([...formats].map(([type, { encoding }]) => [type, encoding])).toEqual([
      [96, 'H265'],
      [98, 'H264'],
      [97, 'PCMA'],
      [102, 'MPEG4-GENERIC'],
    ]);
    expect(payloadFormats({ payloadMap: { 96: 'H264/90000' }, sdp, fallbackMap: {} }).get(96)?.parameters['sprop-parameter-sets']).toBe('Z0IAHg==,aM48gA==');
  });

  it('refuses what is none', () => {
    for (const payloadMap of [{ 128: 'H264/90000' }, { x: 'H264/90000' }, { 96: 'H264/9/9/9/9' }])
      expect(() => payloadFormats({ payloadMap, fallbackMap: {} })).toThrow(expect.objectContaining({ code: 'ERR_RTP_PAYLOAD', status: 400 }));
    expect(() => payloadFormats({ sdp: 'a'.repeat(70_000), fallbackMap: {} })).toThrow(expect.objectContaining({ code: 'ERR_RTP_PAYLOAD' }));
  });

  it('any text is an SDP or an error of ours', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        try {
          payloadFormats({ sdp: `a=rtpmap:96 ${text}\na=fmtp:96 ${text}\n${text}`, fallbackMap: {} });
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_RTP_PAYLOAD' });
        }
      }),
      { seed: 1 },
    );
  });
});

describe('PayloadSniffer', () => {
  it('a program stream is known by a pack anywhere in a packet', () => {
    expect(new PayloadSniffer().look(Buffer.concat([Buffer.alloc(700, 7), Buffer.from('000001ba44', 'hex')]))).toBe('ps');
  });

  it('the middle of a program stream is never taken for something else', () => {
    const sniffer = new PayloadSniffer();
    const bytes = noise(3, 20_000 * 40);
    const seen = new Set<string | undefined>();
    for (let at = 0; at < bytes.length; at += 40) seen.add(sniffer.look(bytes.subarray(at, at + 40)));
    seen.delete('ps');
    expect([...seen]).toEqual([undefined]);
  });

  it('NAL units are believed when several came in a row', () => {
    const sniffer = new PayloadSniffer();
    const fragment = Buffer.from('7c41aabbccdd', 'hex');
    const seen = Array.from({ length: 8 }, () => sniffer.look(fragment));
    expect(seen.slice(0, 7)).toEqual(Array(7).fill(undefined));
    expect(seen[7]).toBe('h264');
  });

  it("Hikvision's own format is known at once", () => {
    expect(new PayloadSniffer().look(Buffer.from('IMKH\u0001\u0001\0\0'))).toBe('hikvision-private');
  });
});
