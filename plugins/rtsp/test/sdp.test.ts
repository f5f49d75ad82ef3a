import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { chooseTracks } from '../src/map/sdp-tracks.js';
import { parseSdp, type SdpMedia } from '../src/proto/sdp.js';
import { writeSdp } from '../src/proto/sdp-write.js';

const corpus = join(process.cwd(), '../shared/cases/corpus');
const listed = existsSync(corpus) ? (JSON.parse(readFileSync(join(corpus, 'cases.json'), 'utf8')) as { id: string; kind: string; expect: string }[]) : [];
const cases = listed.filter(({ kind }) => kind === 'sdp');

const read = (id: string) => readFileSync(join(corpus, id), 'utf8');
const described = (lines: readonly string[]) => parseSdp(['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=x', 't=0 0', ...lines].join('\r\n'));
const only = (lines: readonly string[]): SdpMedia => {
  const [media] = described(lines).media;
  if (media === undefined) throw new Error('no media');
  return media;
};
const brief = (id: string) =>
  parseSdp(read(id)).media.map(({ kind, control, formats }) =>
    [kind, control, ...formats.map(({ payloadType, format }) => `${payloadType} ${format?.encoding}`)].join(' | '),
  );

(cases.length === 0 ? describe.skip : describe)('the corpus', () => {
  it.each(cases.filter(({ expect }) => expect === 'accept').map(({ id }) => id))('accepts %s', (id) => {
    const text = read(id);
    const { media } = parseSdp(text);
    expect(media).toHaveLength((text.match(/^m=/gm) ?? []).length);
  });

  it.each(cases.filter(({ expect }) => expect === 'survive').map(({ id }) => id))('survives %s', (id) => {
    try {
      parseSdp(read(id));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_RTSP_SDP' });
    }
  });

  it.each([
    // `m=application/MERCURY 0 RTP/AVP smart/1/90000`
    ['camera/issue_gortsplib_271_Mercury_cameras', ['video | track1 | 96 H264', 'audio | track2 | 8 PCMA', 'application | track3 | 95 MERCURY']],
    // No `v=` at all
    ['camera/issue_gortsplib_474_UDP_technology_cameras', ['metadata | track2 | 98 METADATA']],
    ['camera/issue_gortsplib_1025_undisclosed_cameras_ipv4', ['video |  | 96 undefined']],
    ['camera/issue_mediamtx_227_Hik_Media_Server', ['video | trackID=video | 96 H264']],
    ['camera/issue_mediamtx_3583_Wisenet_NVR', ['video | trackID=0 | 96 H264', 'audio | trackID=1 | 14 undefined', 'text | trackID=2 | 103 OBJECT-DETECTION']],
    ['camera/unordered_global_attributes', ['video | ?ctype=video | 96 H264', 'application | ?ctype=app106 | 106 VND.ONVIF.METADATA']],
    // Two payload types in one section, absolute control URLs with a query
    [
      'camera/issue_gortsplib_501_Avigilon_cameras',
      [
        'audio | rtsp://192.168.1.63/defaultPrimary/micCfg0/trackID=9?mtu=1440&streamType=u | 0 PCMU',
        'audio | rtsp://192.168.1.63/defaultPrimary/spk0/trackID=2?mtu=1440&streamType=u | 0 PCMU | 97 OPUS',
        'video | rtsp://192.168.1.63/defaultPr | 96 undefined',
      ],
    ],
    // `a=rtpmap:0 pcma` below `RTP/AVP 8`
    ['go2rtc/TestBugSDP2', ['video | track0 | 96 H264', 'audio | track1 | 8 PCMA']],
  ])('%s', (id, media) => {
    expect(brief(`sdp/${id}.sdp`)).toEqual(media);
  });

  it('takes the parameters of a format from below another section', () => {
    const [video] = chooseTracks(parseSdp(read('sdp/go2rtc/TestBugSDP2.sdp')), { played: true });
    expect(video?.format.parameters['sprop-parameter-sets']).toBe('Z0IAH5WoFAFuQA==,aM48gA==');
  });

  it('knows a back channel from a camera that marks everything sendonly', () => {
    const choose = (id: string) => chooseTracks(parseSdp(read(`sdp/${id}.sdp`)), { played: true }).map(({ trackId, index }) => [trackId, index]);
    expect(choose('camera/desc_issue_mediamtx_5074_fake_back_channel')).toEqual([[0, 0]]);
    expect(choose('camera/issue_gortsplib_501_Avigilon_cameras')).toEqual([[1, 0]]);
    expect(choose('go2rtc/TestBugSDP3')).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('leaves SRTP out', () => {
    expect(chooseTracks(parseSdp(read('sdp/camera/desc_key-mgmt_in_media.sdp')), { played: true })).toEqual([]);
  });
});

describe('tolerance', () => {
  const good = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1', 'a=control:trackID=0'];
  const expected = {
    kind: 'video',
    port: 0,
    protocol: 'RTP/AVP',
    control: 'trackID=0',
    direction: undefined,
    formats: [{ payloadType: 96, format: { encoding: 'H264', clockRate: 90_000, parameters: { 'packetization-mode': '1' } } }],
  };

  it.each([
    ['CRLF', good.join('\r\n')],
    ['LF', good.join('\n')],
    ['CR', good.join('\r')],
    ['a byte order mark', `\uFEFFv=0\r\n${good.join('\r\n')}`],
    ['junk behind', `${good.join('\r\n')}\r\n\r\n\0\0junk\u0001`],
    ['blanks around', good.map((line) => `  ${line} \t`).join('\r\n')],
    ['blanks within', ['m=video  0  RTP/AVP  96', 'a=rtpmap: 96  H264/90000', 'a=fmtp: 96  packetization-mode=1', 'a=control: trackID=0'].join('\n')],
    ['tabs', ['m=video\t0 RTP/AVP 96', 'a=rtpmap:96\tH264/90000', 'a=fmtp:96\tpacketization-mode=1;\t', 'a=control:trackID=0'].join('\n')],
    ['negative ids', ['m=video -0 RTP/AVP 96', 'a=rtpmap:-96 H264/90000', 'a=fmtp:-96 packetization-mode=1', 'a=control:trackID=0'].join('\n')],
    ['other numbers', ['m=video 0 RTP/AVP 96', 'a=rtpmap:97 H264/90000', 'a=fmtp:98 packetization-mode=1', 'a=control:trackID=0'].join('\n')],
    ['no payload type', ['m=video 0 RTP/AVP', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1', 'a=control:trackID=0'].join('\n')],
  ])('%s', (_name, text) => {
    expect(parseSdp(text).media).toEqual([expected]);
  });

  it.each(['c=IN', 'c=IN IPV4 0.0.0.0', 'c=', 'o=- -1 -1 IN', 'o=', 't=', 'b=AS', 'a=', 'a=rtpmap', 'a=rtpmap:96', 'a=rtpmap:x y', 'a=fmtp:x', 'zz', '='])(
    'ignores %s',
    (line) => {
      expect(described([line, ...good, line]).media).toEqual([expected]);
    },
  );

  it('keeps a section that cannot be read, so that what follows is not the one before', () => {
    expect(described([...good, 'm=', 'a=control:other']).media).toEqual([
      expected,
      expect.objectContaining({ kind: 'unknown', control: 'other', formats: [] }),
    ]);
  });

  it('knows static payload types without a map', () => {
    expect(only(['m=audio 0 RTP/AVP 8 0']).formats.map(({ format }) => format?.encoding)).toEqual(['PCMA', 'PCMU']);
  });

  it('keeps controls as they are written', () => {
    const text = ['a=control:*', 'm=video 0 RTP/AVP 96', 'a=control:1', 'm=audio 0 RTP/AVP 0', 'a=control:rtsp://h/a?b=c:d'];
    expect(described(text)).toMatchObject({ control: '*', media: [{ control: '1' }, { control: 'rtsp://h/a?b=c:d' }] });
  });
});

describe('limits', () => {
  it.each([
    ['nothing', ''],
    ['no description', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['too long', `v=0\r\n${'a=x\r\n'.repeat(30_000)}`],
    ['too many media', 'm=audio 0 RTP/AVP 0\r\n'.repeat(65)],
  ])('refuses %s', (_name, text) => {
    expect(() => parseSdp(text)).toThrow(expect.objectContaining({ code: 'ERR_RTSP_SDP', fatal: true, status: 400 }));
  });

  it('looks at so many formats of a section', () => {
    expect(only([`m=audio 0 RTP/AVP ${'0 '.repeat(1000)}`]).formats).toHaveLength(64);
  });
});

describe('writing', () => {
  const tracks = [
    { kind: 'video', payloadType: 96, rtpmap: 'H264/90000', fmtp: 'packetization-mode=1;sprop-parameter-sets=Z0IAH5WoFAFuQA==,aM48gA==', control: 'trackID=0' },
    { kind: 'audio', payloadType: 97, rtpmap: 'OPUS/48000/2', control: 'trackID=1' },
  ] as const;

  it('writes what RFC 2326 appendix C asks for', () => {
    expect(writeSdp({ name: 'live/a', tracks, sessionId: '12345678901234567890' })).toBe(
      [
        'v=0',
        'o=- 12345678901234567890 1 IN IP4 0.0.0.0',
        's=live/a',
        'c=IN IP4 0.0.0.0',
        't=0 0',
        'a=control:*',
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 H264/90000',
        'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAH5WoFAFuQA==,aM48gA==',
        'a=control:trackID=0',
        'm=audio 0 RTP/AVP 97',
        'a=rtpmap:97 OPUS/48000/2',
        'a=control:trackID=1',
        '',
      ].join('\r\n'),
    );
  });

  it('is read back', () => {
    expect(parseSdp(writeSdp({ name: 'live/a', tracks }))).toMatchObject({
      name: 'live/a',
      control: '*',
      media: [
        { kind: 'video', control: 'trackID=0', formats: [{ payloadType: 96, format: { encoding: 'H264', clockRate: 90_000 } }] },
        { kind: 'audio', control: 'trackID=1', formats: [{ payloadType: 97, format: { encoding: 'OPUS', clockRate: 48_000, channels: 2 } }] },
      ],
    });
  });

  it('lets no name add lines', () => {
    expect(parseSdp(writeSdp({ name: 'a\r\nm=video 0 RTP/AVP 96\0%s', tracks: [] }))).toEqual({ name: 'am=video 0 RTP/AVP 96%s', control: '*', media: [] });
  });
});

it('survives whatever is cut, joined or changed', () => {
  const texts = cases.map(({ id }) => read(id));
  const seed = texts.length > 0 ? fc.constantFrom(...texts) : fc.constant('v=0\r\nm=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n');
  const mutation = fc.record({ text: seed, other: seed, cut: fc.nat(), from: fc.nat(), junk: fc.uint8Array({ maxLength: 8 }) });
  fc.assert(
    fc.property(mutation, ({ text, other, cut, from, junk }) => {
      const mutated = text.slice(0, cut % (text.length + 1)) + Buffer.from(junk).toString('latin1') + other.slice(from % (other.length + 1));
      try {
        for (const media of parseSdp(mutated).media)
          expect(media).toMatchObject({ kind: expect.any(String), port: expect.any(Number), formats: expect.any(Array) });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_RTSP_SDP' });
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
