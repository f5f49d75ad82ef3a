import {
  answerDigestChallenge,
  type DigestChallenge,
  type DigestHash,
  parseDigestChallenge,
  serializeBasicCredentials,
  serializeDigestCredentials,
} from '@sluice/plugin-wire-text';
import type { UrlCredentials } from './client-url.js';

/** What a client cannot make by itself. */
export interface ClientAuthTools {
  readonly hash: DigestHash;
  /** Random text for `cnonce`. */
  readonly cnonce: () => string;
}

type Challenge = { readonly scheme: 'basic' } | { readonly scheme: 'digest'; readonly digest: DigestChallenge };

/** Best first: what gives away least. */
const STRENGTH = ['SHA-256', 'SM3', 'MD5', 'basic'];

/** The credentials of a client and how the server wants to see them. */
export class ClientAuth {
  readonly #credentials: UrlCredentials | undefined;
  readonly #tools: ClientAuthTools;
  #challenge: Challenge | undefined;
  #count = 0;
  /** A request was answered otherwise than by 401 since the challenge. */
  #accepted = false;

  constructor(credentials: UrlCredentials | undefined, tools: ClientAuthTools) {
    this.#credentials = credentials;
    this.#tools = tools;
  }

  /**
   * Takes the `WWW-Authenticate` headers of a 401. False where asking again would be of no use: no credentials, nothing understood, or the credentials
   * were presented (`presented`) and it is not that a nonce grew old.
   */
  challenged(headers: readonly string[], presented: boolean): boolean {
    if (this.#credentials === undefined) return false;
    const challenges = headers.flatMap(splitChallenges).flatMap(parseChallenge);
    const [best] = challenges.sort((one, other) => rank(one) - rank(other));
    if (best === undefined) return false;
    // Many that let a nonce grow old give out a new one and do not say `stale`.
    const isStale = best.scheme === 'digest' && (best.digest.stale === true || this.#accepted);
    if (presented && !isStale) return false;
    this.#challenge = best;
    this.#count = 0;
    this.#accepted = false;
    return true;
  }

  /** The server let a request pass. */
  accepted(): void {
    this.#accepted = true;
  }

  /** The value of `Authorization`, or `undefined` as long as none was asked for. */
  authorization(method: string, uri: string): string | undefined {
    const credentials = this.#credentials;
    const challenge = this.#challenge;
    if (credentials === undefined || challenge === undefined) return undefined;
    if (challenge.scheme === 'basic') return serializeBasicCredentials(credentials);
    const { hash, cnonce } = this.#tools;
    this.#count++;
    const answer = { ...credentials, hash, challenge: challenge.digest, method, uri, cnonce: cnonce(), count: this.#count };
    return serializeDigestCredentials(answerDigestChallenge(answer));
  }
}

function rank(challenge: Challenge): number {
  return STRENGTH.indexOf(challenge.scheme === 'basic' ? 'basic' : (challenge.digest.algorithm ?? 'MD5'));
}

/** Some put several challenges into one header: `Digest realm="a", nonce="b", Basic realm="c"`. */
function splitChallenges(header: string): string[] {
  return header.split(/,\s*(?=(?:digest|basic)\s)/i).map((text) => text.trim());
}

/** What is not understood is left out. */
function parseChallenge(text: string): Challenge[] {
  if (/^basic\b/i.test(text)) return [{ scheme: 'basic' }];
  try {
    return [{ scheme: 'digest', digest: parseDigestChallenge(text) }];
  } catch {
    return [];
  }
}
