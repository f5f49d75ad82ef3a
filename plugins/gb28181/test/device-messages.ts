import { createHash } from 'node:crypto';
import type { SipHeaders, SipTarget } from '@sluice/plugin-sip/service';
import { type DigestHash, digestResponse, parseDigestChallenge } from '@sluice/plugin-wire-text';
import { type Answer, type FakeSip, HOME } from './fake-sip.js';

export const DEVICE = '34020000001320000001';
export const PASSWORD = 'correct horse';

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

export interface Credentials {
  readonly password?: string;
  readonly username?: string;
  readonly nonce?: string;
  readonly algorithm?: 'MD5' | 'SHA-256' | 'SM3';
  readonly realm?: string;
  readonly qop?: boolean;
  readonly nc?: string;
}

/** An Authorization header for a challenge. */
export function authorize(challenge: string, credentials: Credentials = {}): string {
  const { realm, nonce } = parseDigestChallenge(challenge);
  const { algorithm = 'MD5', username = DEVICE, password = PASSWORD, qop = false, nc = '00000001' } = credentials;
  const uri = 'sip:34020000002000000001@3402000000';
  const counted = qop ? ({ qop: 'auth', nc, cnonce: '0a4f113b' } as const) : {};
  const input = {
    hash,
    algorithm,
    username,
    realm: credentials.realm ?? realm,
    password,
    method: 'REGISTER',
    uri,
    nonce: credentials.nonce ?? nonce,
    ...counted,
  };
  const extra = qop ? `, qop=auth, nc=${nc}, cnonce="0a4f113b"` : '';
  return `Digest username="${username}", realm="${input.realm}", nonce="${input.nonce}", uri="${uri}", response="${digestResponse(input)}", algorithm=${algorithm}${extra}`;
}

export interface Registration extends Credentials {
  readonly id?: string;
  readonly source?: SipTarget;
  readonly headers?: SipHeaders;
  readonly expires?: string;
}

/** REGISTER, the challenge, and REGISTER again; the final answer. */
export function register(sip: FakeSip, how: Registration = {}): Answer {
  const { id = DEVICE, source = HOME } = how;
  const headers: SipHeaders = [['contact', `<sip:${id}@192.168.1.2:5060>`], ['expires', how.expires ?? '3600'], ...(how.headers ?? [])];
  const first = sip.receive('REGISTER', id, source, headers);
  if (first.status !== 401) return first;
  const challenge = first.headers.get('www-authenticate') ?? '';
  return sip.receive('REGISTER', id, source, [...headers, ['authorization', authorize(challenge, { username: id, ...how })]]);
}

export function manscdp(root: string, cmdType: string, sn: number | string, deviceId: string, rest = ''): string {
  return `<?xml version="1.0"?>\r\n<${root}>\r\n<CmdType>${cmdType}</CmdType>\r\n<SN>${sn}</SN>\r\n<DeviceID>${deviceId}</DeviceID>\r\n${rest}</${root}>\r\n`;
}

export function keepalive(sip: FakeSip, source: SipTarget = HOME, id = DEVICE): Answer {
  return sip.receive('MESSAGE', id, source, [], manscdp('Notify', 'Keepalive', 1, id, '<Status>OK</Status>'));
}

/** Answers the newest query of a kind with a page. */
export function answerCatalog(sip: FakeSip, channels: readonly string[], sumNum = channels.length, id = DEVICE, source: SipTarget = HOME): Answer {
  const query = sip.sent.findLast(({ request }) => request.to.startsWith(id) && request.body?.includes('<CmdType>Catalog<'));
  const sn = /<SN>(\d+)</.exec(query?.request.body?.toString() ?? '')?.[1] ?? '0';
  const items = channels.map((channel) => `<Item><DeviceID>${channel}</DeviceID><Name>c</Name><Status>ON</Status></Item>`).join('');
  return sip.receive(
    'MESSAGE',
    id,
    source,
    [],
    manscdp('Response', 'Catalog', sn, id, `<SumNum>${sumNum}</SumNum><DeviceList Num="${channels.length}">${items}</DeviceList>`),
  );
}

/** Bodies of MANSCDP that were sent, of one kind, oldest first. */
export function sentBodies(sip: FakeSip, cmdType: string): string[] {
  return sip.sent.map(({ request }) => request.body?.toString() ?? '').filter((body) => body.includes(`<CmdType>${cmdType}<`));
}

/** Serial number of the newest query of a kind. */
export function snOf(sip: FakeSip, cmdType: string): string {
  return /<SN>(\d+)</.exec(sentBodies(sip, cmdType).at(-1) ?? '')?.[1] ?? '';
}
