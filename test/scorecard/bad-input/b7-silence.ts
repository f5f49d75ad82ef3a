import { randomBytes } from 'node:crypto';
import { crowd } from '../../e2e/support/crowd.js';
import type { ScorecardTest } from '../types.js';

const COUNT = 300;
const CAP = 64;
const LONGEST_MS = 12_000;
/** Who is beyond the cap has a second to be admitted, and is looked at now and then; the row comes with a lot of connections at once. */
const AT_ONCE_MS = 4000;
const TRICKLE_MS = 5000;
/** No answer to anything, no greeting. */
const NEW_MS = 1500;

const PORTS = ['http', 'rtmp', 'rtsp', 'sip', 'rtp'] as const;
type Port = (typeof PORTS)[number];

const HANDSHAKE: Readonly<Record<Port, Uint8Array | string>> = {
  http: 'GE',
  rtmp: Buffer.concat([Buffer.from([3]), randomBytes(700)]),
  rtsp: 'OPTI',
  sip: 'REGIS',
  rtp: Buffer.from([0x05]),
};
const HEADER: Readonly<Record<Port, Uint8Array | string>> = {
  http: 'GET /live/demo.flv HTTP/1.1\r\nHost: a\r\nX-Slow: ',
  rtmp: Buffer.concat([Buffer.from([3]), Buffer.alloc(1536), Buffer.alloc(1536), Buffer.from([3, 0, 0])]),
  rtsp: 'OPTIONS rtsp://127.0.0.1/live/demo RTSP/1.0\r\nCSeq: ',
  sip: 'REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: ',
  rtp: Buffer.from([0x05, 0x00, 0x80, 0x60]),
};
const SILENCE: Readonly<Record<Port, Uint8Array | string>> = { http: '', rtmp: '', rtsp: '', sip: '', rtp: '' };

const ROUNDS = [
  ['silent', SILENCE, ''],
  ['half a handshake', HANDSHAKE, ''],
  ['half a head, a byte every 5 s', HEADER, '1'],
] as const;

/** B7: connections that get nowhere, from one address, on every port at once. */
export const b7: ScorecardTest = {
  id: 'B7',
  title: '300 silent TCP, half handshakes, half heads per port; a byte every 5 s',
  async run(site) {
    let longestMs = 0;
    let cutMs = 0;
    let newestMs = 0;
    for (const [name, openings, trickle] of ROUNDS) {
      const crowds = PORTS.map((port) => crowd(site.ports[port], COUNT, openings[port], trickle, TRICKLE_MS));
      // While the cap is reached a further one is gone at once.
      const further = new Promise((resolve) => setTimeout(resolve, AT_ONCE_MS)).then(async () =>
        Promise.all(PORTS.map(async (port) => (await crowd(site.ports[port], 1, '').lasted)[0] ?? Number.POSITIVE_INFINITY)),
      );
      const all = await Promise.all(crowds.map(({ lasted }) => lasted));
      for (const [index, port] of PORTS.entries()) {
        const lasted = [...(all[index] ?? [])].sort((a, b) => a - b);
        const longest = lasted.at(-1) ?? 0;
        const lastCut = lasted[COUNT - CAP - 1] ?? 0;
        if (longest > LONGEST_MS) throw new Error(`${port}, ${name}: open for ${Math.round(longest)} ms`);
        if (lastCut > AT_ONCE_MS) throw new Error(`${port}, ${name}: beyond ${CAP} still there after ${Math.round(lastCut)} ms`);
        longestMs = Math.max(longestMs, longest);
        cutMs = Math.max(cutMs, lastCut);
      }
      newestMs = Math.max(newestMs, ...(await further));
    }
    if (newestMs > NEW_MS) throw new Error(`a further one stayed ${Math.round(newestMs)} ms`);
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    return `closed in ≤ ${seconds(longestMs)} s, all but ${CAP} in ≤ ${seconds(cutMs)} s, further ones in ≤ ${Math.round(newestMs)} ms`;
  },
};
