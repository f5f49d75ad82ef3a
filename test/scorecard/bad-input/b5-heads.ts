import { megabytes, metered, mustNotGrow } from '../meter.js';
import { stranger } from '../strangers.js';
import type { ScorecardTest, Site } from '../types.js';

const SOON_MS = 1000;
const GROWN_BYTES = 10e6;
const PIECE = 64 * 1024;

type Protocol = 'rtsp' | 'sip' | 'http';

interface Dialect {
  readonly start: string;
  /** A request with a body. */
  readonly post: string;
  /** A request with this target. */
  readonly to: (target: string) => string;
}

const DIALECTS: Readonly<Record<Protocol, Dialect>> = {
  rtsp: {
    start: 'OPTIONS rtsp://127.0.0.1/live/a RTSP/1.0\r\nCSeq: 1\r\n',
    post: 'ANNOUNCE rtsp://127.0.0.1/b5/a RTSP/1.0\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n',
    to: (target) => `DESCRIBE rtsp://127.0.0.1/${target} RTSP/1.0\r\nCSeq: 1\r\n\r\n`,
  },
  sip: {
    start: 'REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKa\r\n',
    post: 'INVITE sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKb\r\nFrom: <sip:1@a>;tag=1\r\nTo: <sip:2@a>\r\nCall-ID: b5\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:1@127.0.0.1>\r\nContent-Type: application/sdp\r\n',
    to: (target) =>
      `MESSAGE sip:${target} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKc\r\nFrom: <sip:1@a>;tag=1\r\nTo: <sip:2@a>\r\nCall-ID: b5u\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`,
  },
  http: {
    start: 'GET /healthz HTTP/1.1\r\nHost: a\r\n',
    post: 'POST /api/v1/pulls HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n',
    to: (target) => `GET /${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
  },
};

const media = (count: number): string => `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${'m=video 0 RTP/AVP 96\r\n'.repeat(count)}`;

/** A case: pieces that are sent one after another until the connection is closed or answered. */
type Case = readonly [name: string, pieces: (dialect: Dialect) => Iterable<string>];

function* times(start: string, piece: string, bytes: number): Iterable<string> {
  yield start;
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

const withBody = (dialect: Dialect, body: string): string[] => [`${dialect.post}Content-Length: ${body.length}\r\n\r\n`, body];

const CASES: readonly Case[] = [
  ['a header without end, 32 MB', ({ start }) => times(`${start}X-Long: `, 'a'.repeat(PIECE), 32e6)],
  ['a first line without end, 32 MB', () => times('GET /', 'a'.repeat(PIECE), 32e6)],
  ['100,000 headers', ({ start }) => [...times(start, 'X-Header: some value\r\n'.repeat(3000), 2.2e6), '\r\n']],
  ...['2147483647', '-1', '9223372036854775808', '1e3', '0x10', '5, 6'].map(
    (length): Case => [`Content-Length: ${length}`, ({ post }) => [`${post}Content-Length: ${length}\r\n\r\n`]],
  ),
  ['a URL of 100 kB', ({ to }) => [to('a'.repeat(100_000))]],
  ['10,000 media in SDP', (dialect) => withBody(dialect, media(10_000))],
  ['5,000 media in SDP', (dialect) => withBody(dialect, media(5_000))],
];

const REFUSED: Readonly<Record<Protocol, RegExp>> = { rtsp: /^RTSP\/1\.0 [45]\d\d /, sip: /^SIP\/2\.0 [3-6]\d\d /m, http: /^HTTP\/1\.1 [45]\d\d / };

/** Sends the pieces until there is an answer; milliseconds until the refusal or the close. */
async function refused(site: Site, protocol: Protocol, pieces: Iterable<string>, from: string): Promise<number> {
  const connection = site.tcp(site.ports[protocol], { from });
  const startedMs = performance.now();
  const sending = (async () => {
    for (const piece of pieces) {
      if (connection.isClosed() || connection.receivedBytes() > 0) return;
      await connection.send(piece);
    }
  })();
  const answered = await connection.gets((received) => REFUSED[protocol].test(received.toString('latin1')), 5000);
  const ms = performance.now() - startedMs;
  const what = connection.received().toString('latin1', 0, 60);
  const closed = connection.isClosed();
  connection.close();
  await sending;
  if (!answered && !closed) throw new Error(what === '' ? 'neither answered nor closed' : `answered ${what.split('\r\n')[0]}`);
  if (!answered && what !== '') throw new Error(`answered ${what.split('\r\n')[0]}`);
  return ms;
}

/** B5: heads and bodies without measure, over RTSP, SIP (TCP) and HTTP. */
export const b5: ScorecardTest = {
  id: 'B5',
  title: 'RTSP, SIP, HTTP: endless and countless headers, Content-Length, long URL, SDP of 10k media',
  async run(site) {
    let slowestMs = 0;
    let most = 0;
    let count = 0;
    const failures: string[] = [];
    for (const protocol of ['rtsp', 'sip', 'http'] as const) {
      for (const [name, pieces] of CASES) {
        try {
          const spent = await metered(site, async () => {
            const ms = await refused(site, protocol, pieces(DIALECTS[protocol]), stranger(count));
            slowestMs = Math.max(slowestMs, ms);
            if (ms > SOON_MS) throw new Error(`after ${Math.round(ms)} ms`);
          });
          most = Math.max(most, spent.grownBytes);
          mustNotGrow(spent, GROWN_BYTES);
        } catch (error) {
          failures.push(`${protocol}, ${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
        count++;
      }
    }
    if (failures.length > 0) throw new Error(failures.join('; '));
    return `${count} refused in ≤ ${Math.round(slowestMs)} ms, RSS +${megabytes(most)} MB`;
  },
};
