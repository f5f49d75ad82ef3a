import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { corpus, packetsOf, rfc4571, rfc4571Packets, rtpPacket } from '../../e2e/support/corpus.js';
import { cases } from '../../e2e/support/paths.js';
import { run } from '../../e2e/support/programs.js';
import { command, connecting, handshake, message, NO_OBJECT, publishing } from '../../e2e/support/rtmp-bytes.js';
import { interleaved } from '../../e2e/support/rtsp-bytes.js';
import { flvTags, type SentTag } from '../../e2e/support/tag-publisher.js';
import { witnessFile } from '../../e2e/support/witness.js';
import { setChunkSize } from './rtmp-control.js';

/** Something good that is to be sent damaged. */
export interface Capture {
  readonly name: string;
  readonly to: 'rtmp' | 'rtsp' | 'sip' | 'rtp';
  /** `tcp`: one stream of bytes; `udp`: datagrams. */
  readonly over: 'tcp' | 'udp';
  /** Comes before it and stays as it is: a handshake. */
  readonly opening: Buffer;
  /** What is damaged; `ssrc` and `name` are this mutant's own. */
  parts(ssrc: number, name: string): readonly Buffer[];
}

const NONE = Buffer.alloc(0);
const SECONDS = 1;

/** A message in one chunk, once the size of chunks is a mebibyte. */
const whole = ({ type, dtsMs, body }: SentTag): Buffer => {
  const head = message(type, NONE, 1, dtsMs);
  head.writeUIntBE(body.length, 4, 3);
  return Buffer.concat([head, body]);
};

function rtmpCaptures(): Capture[] {
  const tags = flvTags(witnessFile).filter(({ dtsMs }) => dtsMs <= SECONDS * 1000);
  const rtmp = (name: string, parts: Capture['parts']): Capture => ({ name, to: 'rtmp', over: 'tcp', opening: handshake, parts });
  const media = tags.map(whole);
  return [
    rtmp('RTMP publish, all of it', (_ssrc, name) => [publishing('b9', name), setChunkSize(1 << 20), ...media]),
    { ...rtmp('RTMP publish, media', () => media), opening: Buffer.concat([handshake, publishing('b9', 'media'), setChunkSize(1 << 20)]) },
    rtmp('RTMP publish in small chunks', (_ssrc, name) => [
      publishing('b9', name),
      ...tags.slice(0, 20).map((tag) => message(tag.type, tag.body, 1, tag.dtsMs)),
    ]),
    rtmp('RTMP play', () => [connecting('live'), command('createStream', 2, [NO_OBJECT]), command('play', 3, [NO_OBJECT, 'reference'], 1)]),
    { ...rtmp('RTMP handshake', () => [handshake]), opening: NONE },
    ...corpus('rtmp/amf0-captures')
      .slice(0, 2)
      .map(({ id, bytes }) => rtmp(`RTMP ${id}`, () => [message(20, bytes)])),
  ];
}

function rtspCaptures(h264: readonly Buffer[]): Capture[] {
  const request = (method: string, target: string, headers: readonly string[] = [], body = ''): Buffer =>
    Buffer.from(
      [`${method} rtsp://127.0.0.1/${target} RTSP/1.0`, 'CSeq: 1', ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`]), '', body].join(
        '\r\n',
      ),
    );
  const sdp =
    'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:t\r\n';
  const announce = (name: string): Buffer => request('ANNOUNCE', `b9/${name}`, ['Content-Type: application/sdp'], sdp);
  const setUp = (target: string): Buffer => request('SETUP', target, ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
  const media = h264.map((packet) => interleaved(0, packet));
  const rtsp = (name: string, parts: Capture['parts']): Capture => ({ name, to: 'rtsp', over: 'tcp', opening: NONE, parts });
  return [
    rtsp('RTSP requests of a player', () => [request('OPTIONS', 'live/reference'), request('DESCRIBE', 'live/reference'), setUp('live/reference/trackID=0')]),
    rtsp('RTSP ANNOUNCE and SETUP', (_ssrc, name) => [announce(name), setUp(`b9/${name}/t`)]),
    rtsp('RTSP publish, interleaved', (_ssrc, name) => [announce(name), setUp(`b9/${name}/t`), request('RECORD', `b9/${name}`), ...media]),
  ];
}

function sipCaptures(): Capture[] {
  const good = corpus('sip/gb28181');
  const named = (word: string): Capture[] =>
    good
      .filter(({ id, bytes }) => id.includes(word) && !bytes.toString('latin1').startsWith('SIP/2.0'))
      .slice(0, 1)
      .flatMap(({ id, bytes }) =>
        (['udp', 'tcp'] as const).map((over) => ({ name: `SIP ${id} over ${over}`, to: 'sip', over, opening: NONE, parts: () => [bytes] })),
      );
  return ['register', 'invite', 'catalog'].flatMap(named).slice(0, 4);
}

const withSsrc = (packet: Buffer, ssrc: number): Buffer => {
  const own = Buffer.from(packet);
  if (own.length >= 12) own.writeUInt32BE(ssrc, 8);
  return own;
};

/** Packets over UDP, and framed over TCP. */
const overBoth = (name: string, packets: (ssrc: number) => readonly Buffer[]): Capture[] => [
  { name: `${name}/UDP`, to: 'rtp', over: 'udp', opening: NONE, parts: (ssrc) => packets(ssrc) },
  { name: `${name}/TCP`, to: 'rtp', over: 'tcp', opening: NONE, parts: (ssrc) => packets(ssrc).map(rfc4571) },
];

/** The same film in another container. */
async function remuxed(folder: string, format: string): Promise<Buffer> {
  const file = join(folder, `film.${format}`);
  const { code, stderr } = await run('ffmpeg', [
    '-v',
    'error',
    '-i',
    witnessFile,
    '-t',
    String(SECONDS),
    '-an',
    '-c',
    'copy',
    '-bsf:v',
    'h264_mp4toannexb',
    '-f',
    format,
    '-y',
    file,
  ]);
  if (code !== 0) throw new Error(`ffmpeg: ${stderr}`);
  return readFileSync(file);
}

/** Some twenty of them: RTMP, RTSP, SIP, PS and TS over UDP and TCP. */
export async function captures(): Promise<Capture[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-captures-'));
  try {
    const program = packetsOf({ kind: 'mpeg-ps', bytes: await remuxed(folder, 'vob') }, 0);
    const ts = await remuxed(folder, 'mpegts');
    const transport = Array.from({ length: Math.ceil(ts.length / 1316) }, (_, i) => rtpPacket(ts.subarray(i * 1316, (i + 1) * 1316), i, 0));
    const hik = rfc4571Packets(readFileSync(join(cases, 'gb28181/lal-hik-ps-10pkts.rtp4571')));
    const h264 = corpus('rtp/h264')
      .slice(0, 4)
      .flatMap(({ bytes }) => rfc4571Packets(bytes));
    return [
      ...rtmpCaptures(),
      ...rtspCaptures(h264),
      ...sipCaptures(),
      ...overBoth('PS', (ssrc) => program.map((packet) => withSsrc(packet, ssrc))),
      ...overBoth('PS of a Hikvision', (ssrc) => hik.map((packet) => withSsrc(packet, ssrc))),
      ...overBoth('TS', (ssrc) => transport.map((packet) => withSsrc(packet, ssrc))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
