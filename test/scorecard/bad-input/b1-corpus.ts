import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CorpusCase, corpus, corpusIndex, inParallel, packetsOf, rfc4571, rfc4571Packets } from '../../e2e/support/corpus.js';
import { HANDSHAKE_ANSWER, handshake, message, publishing } from '../../e2e/support/rtmp-bytes.js';
import { interleaved, rtspBytes } from '../../e2e/support/rtsp-bytes.js';
import { stranger } from '../strangers.js';
import type { ScorecardTest, Site } from '../types.js';
import { LOOSE } from './loose.js';
import { throwAt, throwDatagrams } from './throw.js';

const AT_ONCE = 24;
const LOOK_EVERY = 100;

/** Sends one input every way that its kind suggests; `index` makes names and addresses of its own. */
type Way = (site: Site, input: CorpusCase, index: number) => Promise<void>;

const overRtmp: Way = async (site, { kind, bytes }, index) => {
  const body = kind === 'amf0' ? [20, 18, 17].map((type) => message(type, bytes, 1)) : [bytes];
  const openings = [Buffer.alloc(0), handshake, Buffer.concat([handshake, publishing('b1', `r${index}`)])];
  for (const opening of openings) {
    for (const part of body) await throwAt(site, site.ports.rtmp, Buffer.concat([opening, part]), stranger(index), opening.length === 0 ? 0 : HANDSHAKE_ANSWER);
  }
};

const asCodec: Way = async (site, { bytes }, index) => {
  // Parameter sets, pictures and sounds as a publisher's: sequence headers, bare and well framed, and what follows them.
  const u16 = Buffer.from([bytes.length >> 8, bytes.length & 0xff]);
  const u32 = Buffer.alloc(4);
  u32.writeUInt32BE(bytes.length);
  const avcC = Buffer.concat([Buffer.from([1, 0x42, 0, 0x1f, 0xff, 0xe1]), u16, bytes, Buffer.from([1]), u16, bytes]);
  const hvcC = Buffer.concat([Buffer.alloc(21, 1), Buffer.from([0x0f, 3]), ...[32, 33, 34].flatMap((type) => [Buffer.from([type, 0, 1]), u16, bytes])]);
  const video = (head: readonly number[], body: Buffer): Buffer => message(9, Buffer.concat([Buffer.from(head), body]), 1);
  const audio = (head: readonly number[], body: Buffer): Buffer => message(8, Buffer.concat([Buffer.from(head), body]), 1);
  const hvc1 = [0x68, 0x76, 0x63, 0x31];
  const tries: readonly (readonly Buffer[])[] = [
    [video([0x17, 0, 0, 0, 0], bytes)],
    [video([0x17, 0, 0, 0, 0], avcC), video([0x17, 1, 0, 0, 0], Buffer.concat([u32, bytes])), video([0x27, 1, 0, 0, 0], bytes)],
    [video([0x90, ...hvc1], hvcC), video([0x91, ...hvc1, 0, 0, 0], Buffer.concat([u32, bytes]))],
    [video([0x90, ...hvc1], bytes)],
    [audio([0xaf, 0], bytes), audio([0xaf, 1], bytes)],
    [audio([0xaf, 0], Buffer.from([0x12, 0x10])), audio([0xaf, 1], bytes), audio([0x72], bytes)],
  ];
  for (const [i, messages] of tries.entries()) {
    const all = Buffer.concat([handshake, publishing('b1', `c${index}-${i}`), ...messages]);
    await throwAt(site, site.ports.rtmp, all, stranger(index), Number.POSITIVE_INFINITY);
  }
};

const overRtsp: Way = async (site, { kind, bytes }, index) => {
  const url = site.url('rtsp', site.reference);
  const name = kind.split(':')[1];
  if (name !== undefined) {
    const header = { authenticate: 'WWW-Authenticate', keyval: 'Authorization', rtp_info: 'RTP-Info', transports: 'Transport' }[name] ?? name;
    const client = rtspBytes(site.ports.rtsp);
    await client.ask('DESCRIBE', url);
    for (const method of ['SETUP', 'PLAY', 'GET_PARAMETER']) await client.ask(method, url, { [header]: bytes.toString('latin1').trim() });
    client.close();
    return;
  }
  const line = Buffer.from(`OPTIONS ${url} RTSP/1.0\r\nCSeq: 1\r\n`);
  for (const all of [
    bytes,
    Buffer.concat([line, bytes, Buffer.from('\r\n\r\n')]),
    Buffer.concat([line, Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]),
  ]) {
    await throwAt(site, site.ports.rtsp, all, stranger(index));
  }
};

const asSdp: Way = async (site, { bytes }, index) => {
  const client = rtspBytes(site.ports.rtsp);
  await client.ask('ANNOUNCE', site.url('rtsp', `b1/s${index}`), { 'Content-Type': 'application/sdp' }, bytes);
  client.close();
  const invite = `INVITE sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs${index}\r\nFrom: <sip:1@a>;tag=1\r\nTo: <sip:2@a>\r\nCall-ID: s${index}\r\nCSeq: 1 INVITE\r\nContact: <sip:1@127.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  await throwDatagrams(site.ports.sip, [Buffer.concat([Buffer.from(invite), bytes])], stranger(index));
};

const RTPMAPS = ['H264/90000', 'H265/90000', 'MPEG4-GENERIC/44100/2', 'MP2T/90000', 'PCMA/8000'];

/** Packets from an RTSP publisher, interleaved. */
async function published(site: Site, packets: readonly Buffer[], rtpmap: string, path: string): Promise<void> {
  const client = rtspBytes(site.ports.rtsp);
  const url = site.url('rtsp', path);
  const sdp = `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 ${rtpmap}\r\na=control:t\r\n`;
  await client.ask('ANNOUNCE', url, { 'Content-Type': 'application/sdp' }, sdp);
  const setUp = await client.ask('SETUP', `${url}/t`, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1;mode=record' });
  const session = { Session: setUp?.headers.get('session')?.split(';')[0] ?? '' };
  await client.ask('RECORD', url, session);
  for (const packet of packets) if (packet.length < 65_536) for (const channel of [0, 1, 9]) client.write(interleaved(channel, packet));
  await client.ask('TEARDOWN', url, session);
  client.close();
}

const asPackets: Way = async (site, input, index) => {
  const packets = packetsOf(input, 0x0b10_0000 + index);
  await throwDatagrams(site.ports.rtp, packets, stranger(index));
  await throwDatagrams(site.ports.rtspUdp, packets, stranger(index));
  await throwDatagrams(site.ports.rtspUdp + 1, packets, stranger(index));
  await throwAt(site, site.ports.rtp, Buffer.concat(packets.map(rfc4571)), stranger(index));
  const own = input.kind === 'rtp4571' ? rfc4571Packets(input.bytes) : [input.bytes];
  for (const [i, rtpmap] of RTPMAPS.entries()) await published(site, own, rtpmap, `b1/p${index}-${i}`);
};

const overSip: Way = async (site, { bytes }, index) => {
  await throwDatagrams(site.ports.sip, [bytes], stranger(index));
  await throwAt(site, site.ports.sip, bytes, stranger(index));
};

/** To every UDP port there is: what was meant for others comes too. */
const toUdp: Way = async (site, { bytes }, index) => {
  for (const port of [site.ports.sip, site.ports.rtp, site.ports.rtspUdp, site.ports.rtspUdp + 1]) await throwDatagrams(port, [bytes], stranger(index));
};

/** What an HTTP server of ours answers when it is asked to be pulled from. */
const byPull: Way = async (site, { id, bytes }, index) => {
  const server = createServer((_request, response) => void response.end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const body = JSON.stringify({ path: `b1/h${index}`, url: `http://127.0.0.1:${port}/${encodeURIComponent(id)}.flv`, retries: 0 });
  const { status, body: pull } = await site.api<{ id?: string }>('/pulls', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  if (status !== 201) throw new Error(`a pull is answered ${status}`);
  await sleep(50);
  await site.api(`/pulls/${pull.id ?? ''}`, { method: 'DELETE' });
  server.close();
  server.closeAllConnections();
};

const overHttp: Way = async (site, { bytes }, index) => {
  await throwAt(
    site,
    site.ports.http,
    Buffer.concat([Buffer.from('GET /api/v1/streams?'), bytes, Buffer.from(' HTTP/1.1\r\nHost: a\r\n\r\n')]),
    stranger(index),
  );
  await site.http(`/api/v1/streams?limit=${encodeURIComponent(bytes.toString('latin1'))}`).then((answer) => answer.text());
  await site.http('/api/v1/pulls', { method: 'POST', body: bytes, headers: { 'content-type': 'application/json' } }).then((answer) => answer.text());
};

/** How each folder of the corpus comes in. */
export const WAYS: Readonly<Record<string, readonly Way[]>> = {
  rtmp: [overRtmp],
  rtsp: [overRtsp],
  sdp: [asSdp],
  sip: [overSip],
  rtp: [asPackets],
  rtcp: [asPackets, toUdp],
  stun: [toUdp],
  sctp: [toUdp],
  ps: [asPackets],
  ts: [asPackets, byPull],
  flv: [byPull, overRtmp],
  mp4: [byPull],
  hls: [byPull],
  codec: [asCodec],
  http: [overHttp],
};

/** B1: the whole corpus of other projects' test inputs. */
export const b1: ScorecardTest = {
  id: 'B1',
  title: 'the whole corpus by kind, every port, by pull',
  settings: LOOSE,
  files: [corpusIndex],
  async run(site) {
    let sent = 0;
    for (const [folder, ways] of Object.entries(WAYS)) {
      const inputs = [...corpus(folder).entries()];
      const first = sent;
      for (let at = 0; at < inputs.length; at += LOOK_EVERY) {
        const some = inputs.slice(at, at + LOOK_EVERY);
        await inParallel(some, AT_ONCE, async ([index, input]) => {
          for (const way of ways) await way(site, input, first + index);
        });
        sent += some.length;
        const { pid } = site;
        const alive = await fetch(site.url('http', 'healthz')).then(({ status }) => status === 200);
        if (!alive || site.usage().rssBytes === 0) throw new Error(`process ${pid} is not well after ${folder}, inputs ${at} to ${at + some.length}`);
      }
    }
    return `${sent} inputs, 0 deaths`;
  },
};
