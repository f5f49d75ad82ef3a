import fc from 'fast-check';
import { createDepacketizer, outOfBandParameters, parseRtpFormat, type RtpPacket, sniffRtpPayload, staticRtpFormat } from '../src/index.js';
import { bytes, collect, fixture, hex, packet, packetsOf, run } from './support.js';

const inOrder = (...list: RtpPacket[]) => list.map((one, sequence) => ({ ...one, sequence }));
const shape = (units: ReturnType<typeof collect>['units']) => units.map(({ units: nals, timestamp, complete }) => [hex(nals).join(' '), timestamp, complete]);

describe('parseRtpFormat', () => {
  it('reads rtpmap and fmtp', () => {
    expect(parseRtpFormat('98 h264/90000', '98 packetization-mode=1;sprop-parameter-sets=Z0I=,aM4=; Profile-Level-Id=42C01F;x')).toEqual({
      encoding: 'H264',
      clockRate: 90_000,
      parameters: { 'packetization-mode': '1', 'sprop-parameter-sets': 'Z0I=,aM4=', 'profile-level-id': '42C01F', x: '' },
    });
    expect(parseRtpFormat('opus/48000/2')).toEqual({ encoding: 'OPUS', clockRate: 48_000, channels: 2, parameters: {} });
    expect(parseRtpFormat('AAC/8000/1')).toMatchObject({ encoding: 'MPEG4-GENERIC', clockRate: 8000 });
    expect(parseRtpFormat('HEVC')).toMatchObject({ encoding: 'H265', clockRate: 90_000 });
    expect(parseRtpFormat('PCMA')).toMatchObject({ clockRate: 8000 });
    expect(parseRtpFormat('PS/90000', '__proto__=1').parameters.constructor).toBe(Object);
  });

  it.each(['', '/90000', 'H264/', 'H264/x', 'a b c', `H264/${'9'.repeat(300)}`])('refuses %j', (text) => {
    expect(() => parseRtpFormat(text)).toThrow(expect.objectContaining({ code: 'ERR_RTP_FORMAT' }));
  });

  it('payload types without SDP', () => {
    expect(staticRtpFormat(8)).toMatchObject({ encoding: 'PCMA' });
    expect(staticRtpFormat(96)).toBeUndefined();
    expect(createDepacketizer(parseRtpFormat('PS/90000'), { accessUnit: () => undefined })).toBeUndefined();
  });

  it('parameters that cannot be read are left out', () => {
    expect(outOfBandParameters(parseRtpFormat('H264', 'sprop-parameter-sets=,,!'))).toEqual({ units: [] });
    expect(outOfBandParameters(parseRtpFormat('MP4A-LATM', 'config=40'))).toEqual({ units: [] });
    expect(outOfBandParameters(parseRtpFormat('MPEG4-GENERIC', 'config="121"'))).toEqual({ units: [], audioSpecificConfig: bytes('1210') });
  });
});

describe('sniffRtpPayload', () => {
  it.each([
    ['000001ba 4400040004', 'ps'],
    ['000001e0 0000 8080', 'ps'],
    ['494d4b48 01020000', 'hikvision-private'],
    ['6742c01f', 'h264'],
    ['68ce3c80', 'h264'],
    ['7c85 8801', 'h264'],
    ['18 0004 6742c01f', 'h264'],
    ['0605 10aa', 'h264'],
    ['00000001 6742c01f', 'h264'],
    ['4001 0c01', 'h265'],
    ['4201 0101', 'h265'],
    ['6201 93 af', 'h265'],
    ['2601 af 11', 'h265'],
    ['0201 d0 11', 'h265'],
    ['6001 0014 4001 0c01 ffff 0160 0000 0300 b000 0003 0000 0300 7bac', 'h265'],
    ['d5d5d5d5', undefined],
    ['ffffff', undefined],
  ])('%s: %s', (text, expected) => {
    expect(sniffRtpPayload(bytes(text))).toBe(expected);
  });

  it('transport streams', () => {
    const two = Buffer.alloc(376);
    two[0] = 0x47;
    two[188] = 0x47;
    expect(sniffRtpPayload(two)).toBe('ts');
    expect(sniffRtpPayload(two.subarray(0, 188))).toBe('ts');
    expect(sniffRtpPayload(two.subarray(0, 187))).not.toBe('ts');
  });

  it('what FFmpeg and GStreamer send: never the wrong codec, and the right one within a picture or two', () => {
    for (const name of ['ff-h264', 'gst-h264', 'ff-h265', 'gst-h265']) {
      const seen = packetsOf(fixture(`${name}.rtp4571`)).map(({ payload }) => sniffRtpPayload(payload));
      expect(new Set(seen.filter((one) => one !== undefined))).toEqual(new Set([name.slice(-4)]));
      expect(seen.slice(0, 4)).toContain(name.slice(-4));
    }
  });
});

describe('H.265 (RFC 7798)', () => {
  it('single units, AP and FU', () => {
    const { units } = run(
      'H265/90000',
      inOrder(
        packet('6001 0004 40010c01 0004 42010101 0004 4401c172'),
        packet('6201 93 af01'),
        packet('6201 13 02'),
        packet('6201 53 03', { marker: true }),
        packet('0201 d0 11', { marker: true, timestamp: 3600 }),
      ),
    );
    expect(shape(units)).toEqual([
      ['40010c01 42010101 4401c172 2601af010203', 0, true],
      ['0201d011', 3600, true],
    ]);
  });

  it('decoding order numbers are skipped', () => {
    const format = parseRtpFormat('H265/90000', 'sprop-max-don-diff=1');
    const { units } = run(
      format,
      inOrder(packet('6001 0001 0004 40010c01 02 0004 42010101'), packet('6201 93 0003 af01'), packet('6201 53 03'), packet('0201 0004 50 11')),
    );
    expect(shape(units)).toEqual([['40010c01 42010101 2601af0103 02015011', 0, true]]);
  });

  it('a torn fragmented unit is left out', () => {
    const all = inOrder(packet('4001 0c01'), packet('6201 93 af01'), packet('6201 13 02'), packet('6201 53 03', { marker: true }));
    for (const missing of [1, 2, 3]) {
      const { units } = run('H265/90000', all.filter((_, i) => i !== missing).concat({ ...packet('0201 d0 11', { timestamp: 1 }), sequence: 4 }));
      expect(shape(units)).toEqual([
        ['40010c01', 0, false],
        ['0201d011', 1, true],
      ]);
    }
  });
});

describe('AAC (RFC 3640)', () => {
  const HBR = parseRtpFormat('MPEG4-GENERIC/8000/1', 'mode=AAC-hbr;config=1588');

  it('several access units in a packet, with times of their own', () => {
    const { units, configurations } = run(HBR, inOrder(packet('0020 0018 0010 aabbcc ddee', { marker: true, timestamp: 0xffff_fff0 })));
    expect(shape(units)).toEqual([
      ['aabbcc', 0xffff_fff0, true],
      ['ddee', 1008, true],
    ]);
    expect(hex(configurations)).toEqual(['1588']);
  });

  it('sizes that go beyond the packet, headers that do: malformed, nothing torn', () => {
    const { units, depacketizer } = run(HBR, inOrder(packet('0020 0018 0080 aabbcc ddee', { marker: true }), packet('0400 00'), packet('00')));
    expect(shape(units).map(([data]) => data)).toEqual(['aabbcc']);
    expect(depacketizer.counters.malformed).toBe(3);
  });

  it('a sender that never sets the marker is held by a packet at first, then not', () => {
    const { depacketizer, units } = collect(HBR);
    const given = Array.from({ length: 12 }, (_, i) => {
      depacketizer.push(packet('0010 0010 aabb', { timestamp: 1024 * i }));
      return units.length;
    });
    expect(given.slice(0, 3)).toEqual([0, 1, 2]);
    expect(given[11]).toBe(12);
  });

  it('auxiliary data, CTS and random access fields; access units of a constant size without headers', () => {
    const full = parseRtpFormat('MPEG4-GENERIC/44100', 'sizelength=13;indexlength=3;ctsdeltalength=4;randomaccessindication=1;auxiliarydatasizelength=8');
    // 13 bits size 2, 3 bits index, CTS flag 0, RAP 1: 18 bits; then 8 bits of size 8 and 8 of data.
    expect(shape(run(full, inOrder(packet('0012 0010 40 08 ff aabb', { marker: true }))).units).map(([data]) => data)).toEqual(['aabb']);
    const constant = parseRtpFormat('MPEG4-GENERIC/8000', 'constantsize=3;constantduration=160');
    expect(shape(run(constant, inOrder(packet('aabbcc ddeeff', { marker: true }))).units)).toEqual([
      ['aabbcc', 0, true],
      ['ddeeff', 160, true],
    ]);
  });
});

describe('AAC as LATM (RFC 6416)', () => {
  it('StreamMuxConfig in band: access units begin at any bit', () => {
    // useSameStreamMux 0, then 400024203fc0 (44 bits: to crcCheckPresent), length 02, aa bb.
    const head = BigInt(`0x${'400024203fc0'}`).toString(2).padStart(48, '0').slice(0, 44);
    const toBytes = (bits: string) =>
      bytes((bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2).toString(16).padStart(2, '0')).join(''));
    const body = '00000010' + '10101010' + '10111011';
    const { units, configurations } = run(
      'MP4A-LATM/44100',
      inOrder(
        packet(toBytes(`1${body}`), { marker: true }),
        packet(toBytes(`0${head}${body}`), { marker: true }),
        packet(toBytes(`1${body}`), { marker: true, timestamp: 1024 }),
      ),
    );
    expect(shape(units)).toEqual([
      ['aabb', 0, true],
      ['aabb', 1024, true],
    ]);
    expect(hex(configurations)).toEqual(['1210']);
  });
});

describe('fuzz', () => {
  const formats: [string, string][] = [
    ['H264/90000', 'ff-h264'],
    ['H265/90000', 'gst-h265'],
    ['MPEG4-GENERIC/44100', 'ff-aac'],
    ['MPEG4-GENERIC/44100', 'ff-aac-fragments'],
    ['MP4A-LATM/44100', 'ff-latm'],
  ];
  it.each(formats)('%s: whatever packets hold, nothing is thrown and no more is held than allowed', (rtpmap, name) => {
    const fmtp = name === 'ff-latm' ? 'cpresent=0;config=400024203fc0' : undefined;
    const good = packetsOf(fixture(`${name}.rtp4571`)).slice(0, 30);
    const edit = fc.record({
      index: fc.nat(good.length - 1),
      at: fc.nat(20),
      value: fc.nat(255),
      cut: fc.option(fc.nat(40), { nil: undefined }),
      marker: fc.boolean(),
      lost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), (edits) => {
        const { depacketizer, units } = collect(parseRtpFormat(rtpmap, fmtp), { maxAccessUnitBytes: 3000 });
        for (const { index, at, value, cut, marker, lost } of edits) {
          const one = good[index] ?? packet('');
          const payload = Buffer.from(one.payload.subarray(0, cut));
          if (at < payload.length) payload[at] = value;
          if (lost) depacketizer.lost();
          depacketizer.push({ ...one, payload, marker });
        }
        depacketizer.finish();
        for (const unit of units) expect(unit.units.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(3000);
      }),
      { seed: 6184, numRuns: 300 },
    );
  });

  it('formats of any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (rtpmap, fmtp) => {
        try {
          outOfBandParameters(parseRtpFormat(rtpmap, fmtp));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_RTP_FORMAT' });
        }
      }),
      { seed: 8866, numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        sniffRtpPayload(Buffer.from(data));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
