import type { DigestAlgorithm, DigestCredentials, DigestHash } from './digest.js';
import { digestResponse } from './digest.js';
import { wireTextError } from './errors.js';
import { type Parameters, parseParameters, quote, splitOutside } from './parameters.js';

/** `WWW-Authenticate: Digest …`. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  /** Left out of the header where undefined: then MD5 is meant. */
  readonly algorithm?: DigestAlgorithm;
  readonly opaque?: string;
  /** Old cameras ignore challenges with a qop: offer it only where it is wanted. */
  readonly qop?: 'auth';
  /** The nonce was ours but is too old; the password need not be asked for again. */
  readonly stale?: boolean;
}

const ALGORITHMS: Readonly<Record<string, DigestAlgorithm>> = { '': 'MD5', MD5: 'MD5', 'SHA-256': 'SHA-256', SHA256: 'SHA-256', SM3: 'SM3' };

function algorithmOf(parameters: Parameters): DigestAlgorithm {
  const name = (parameters.get('algorithm') ?? '').toUpperCase();
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (algorithm === undefined) throw wireTextError('ERR_AUTH_MALFORMED', `digest algorithm '${name.slice(0, 32)}' is not known`);
  return algorithm;
}

function digestParameters(header: string): Parameters {
  const match = /^digest\s+(.*)$/is.exec(header.trim());
  if (!match) throw wireTextError('ERR_AUTH_SCHEME', 'not a Digest header');
  return parseParameters(match[1] ?? '', ',');
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw wireTextError('ERR_AUTH_MALFORMED', `digest without ${name}`);
  return value;
}

/** Reads an `Authorization` header. Throws ERR_AUTH_SCHEME where it is not Digest, ERR_AUTH_MALFORMED where something is missing or unknown. */
export function parseDigestCredentials(header: string): DigestCredentials {
  const parameters = digestParameters(header);
  const qop = (parameters.get('qop') ?? '').toLowerCase();
  if (qop !== '' && qop !== 'auth') throw wireTextError('ERR_AUTH_MALFORMED', `qop '${qop.slice(0, 32)}' is not known`);
  const nc = parameters.get('nc');
  const cnonce = parameters.get('cnonce');
  if (qop === 'auth' && (nc === undefined || !/^[0-9a-f]{1,8}$/i.test(nc) || cnonce === undefined))
    throw wireTextError('ERR_AUTH_MALFORMED', 'qop=auth without nc and cnonce');
  const opaque = parameters.get('opaque');
  return {
    username: parameters.get('username') ?? '',
    realm: parameters.get('realm') ?? '',
    nonce: required(parameters, 'nonce'),
    uri: required(parameters, 'uri'),
    response: required(parameters, 'response'),
    algorithm: algorithmOf(parameters),
    ...(opaque === undefined ? {} : { opaque }),
    ...(qop === 'auth' ? { qop } : {}),
    ...(nc === undefined ? {} : { nc }),
    ...(cnonce === undefined ? {} : { cnonce }),
  };
}

/** Writes an `Authorization` header. */
export function serializeDigestCredentials(credentials: DigestCredentials): string {
  const { username, realm, nonce, uri, response, algorithm, opaque, qop, nc, cnonce } = credentials;
  const parts = [`username=${quote(username)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`, `uri=${quote(uri)}`, `response=${quote(response)}`];
  parts.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  if (qop !== undefined) parts.push(`qop=${qop}`);
  if (nc !== undefined) parts.push(`nc=${nc}`);
  if (cnonce !== undefined) parts.push(`cnonce=${quote(cnonce)}`);
  return `Digest ${parts.join(', ')}`;
}

/** Reads a `WWW-Authenticate` header. Of the qop offered only `auth` is kept. Throws ERR_AUTH_SCHEME or ERR_AUTH_MALFORMED. */
export function parseDigestChallenge(header: string): DigestChallenge {
  const parameters = digestParameters(header);
  const opaque = parameters.get('opaque');
  const offered = splitOutside((parameters.get('qop') ?? '').toLowerCase(), ',');
  const auth = offered.includes('auth');
  if (!auth && offered.some((qop) => qop !== '')) throw wireTextError('ERR_AUTH_MALFORMED', 'no known qop is offered');
  return {
    realm: parameters.get('realm') ?? '',
    nonce: required(parameters, 'nonce'),
    ...(parameters.has('algorithm') ? { algorithm: algorithmOf(parameters) } : {}),
    ...(opaque === undefined ? {} : { opaque }),
    ...(auth ? { qop: 'auth' as const } : {}),
    ...(parameters.get('stale')?.toLowerCase() === 'true' ? { stale: true } : {}),
  };
}

/** Writes a `WWW-Authenticate` header. */
export function serializeDigestChallenge(challenge: DigestChallenge): string {
  const parts = [`realm=${quote(challenge.realm)}`, `nonce=${quote(challenge.nonce)}`];
  if (challenge.algorithm !== undefined) parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.qop !== undefined) parts.push(`qop=${quote(challenge.qop)}`);
  if (challenge.stale) parts.push('stale=true');
  return `Digest ${parts.join(', ')}`;
}

/** Answers a challenge as a client. `cnonce` is random text of the caller's; `count` is how often this nonce was used, from 1. */
export function answerDigestChallenge(input: {
  readonly hash: DigestHash;
  readonly challenge: DigestChallenge;
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
  readonly count?: number;
}): DigestCredentials {
  const { hash, challenge, username, password, method, uri } = input;
  const { realm, nonce, qop, opaque, algorithm = 'MD5' } = challenge;
  const nc = (input.count ?? 1).toString(16).padStart(8, '0');
  const counted = qop === undefined ? {} : { qop, nc, cnonce: input.cnonce };
  const response = digestResponse({ hash, algorithm, username, realm, password, method, uri, nonce, ...counted });
  return { username, realm, nonce, uri, response, algorithm, ...(opaque === undefined ? {} : { opaque }), ...counted };
}
