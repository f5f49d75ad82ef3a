import { randomBytes } from 'node:crypto';
import type { Clock } from '@sluice/core';
import type { AuthConfig } from '../config.js';
import { authError } from '../errors.js';
import type { Holder } from '../proto/holder.js';
import { rightsCheck } from '../proto/rights.js';
import type { TokenInfo, TokenRequest } from '../service.js';
import { sha256 } from './digest.js';
import { type KeptToken, readTokens, writeTokens } from './token-file.js';

interface Entry {
  readonly info: TokenInfo;
  readonly permits: Holder['permits'];
  readonly expiresAtMs: number;
  revoked: boolean;
}

/** The tokens of the config and those made by the API, which are kept in a file of the data folder. */
export class Tokens {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #byDigest = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  #kept: readonly KeptToken[];
  /** The change that is under way, or the last one that was: each begins with what the one before it left on the disk. */
  #last: Promise<unknown> = Promise.resolve();

  /** Throws `ERR_AUTH_TOKEN_FILE`. */
  constructor(file: string, config: Pick<AuthConfig, 'tokens' | 'maxTokens'>, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    this.#max = config.maxTokens;
    this.#kept = readTokens(file);
    for (const { sha256: digest, createdAt, ...info } of this.#kept) this.#add({ ...info, createdAt, origin: 'api' }, digest);
    for (const { token, sha256: digest, ...info } of config.tokens) this.#add({ ...info, origin: 'config' }, digest?.toLowerCase() ?? sha256(token ?? ''));
  }

  #add(info: TokenInfo, digest: string): void {
    const expiresAtMs = info.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(info.expiresAt);
    const entry: Entry = { info, permits: rightsCheck(info), expiresAtMs, revoked: false };
    this.#byDigest.set(digest, entry);
    this.#byId.set(info.id, entry);
  }

  /** Who has this token; `undefined` where nobody was given it, or it expired. */
  find(token: string): Holder | undefined {
    const entry = this.#byDigest.get(sha256(token));
    if (entry === undefined) return undefined;
    const lastsMs = entry.expiresAtMs - this.#clock.wallMs();
    if (lastsMs <= 0) return undefined;
    return {
      permits: entry.permits,
      grant: {
        lastsMs,
        get revoked() {
          return entry.revoked;
        },
      },
    };
  }

  /** All but what expired. */
  list(): TokenInfo[] {
    const nowMs = this.#clock.wallMs();
    return [...this.#byId.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs).map(({ info }) => info);
  }

  /** Makes a token; it is on the disk when this resolves, and good from then on. Rejects with `ERR_AUTH_TOKEN_EXPIRED`, `ERR_AUTH_TOO_MANY_TOKENS`, `ERR_AUTH_TOKEN_FILE`. */
  create(request: TokenRequest): Promise<TokenInfo & { readonly token: string }> {
    return this.#inTurn(() => this.#create(request));
  }

  /** Takes a token back: its sessions end once that is on the disk. Rejects with `ERR_AUTH_TOKEN_NOT_FOUND`, `ERR_AUTH_TOKEN_CONFIGURED`, `ERR_AUTH_TOKEN_FILE`. */
  revoke(id: string): Promise<void> {
    return this.#inTurn(() => this.#revoke(id));
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    // Whoever asked for it is told.
    this.#last = done.catch(() => {});
    return done;
  }

  async #create({ actions, paths, expiresAt }: TokenRequest): Promise<TokenInfo & { readonly token: string }> {
    const nowMs = this.#clock.wallMs();
    if (expiresAt !== undefined && Date.parse(expiresAt) <= nowMs) throw authError('ERR_AUTH_TOKEN_EXPIRED', 'expiresAt is past already');
    const others = this.#kept.filter((kept) => kept.expiresAt === undefined || Date.parse(kept.expiresAt) > nowMs);
    if (others.length >= this.#max) throw authError('ERR_AUTH_TOO_MANY_TOKENS', 'too many tokens (auth.maxTokens)');
    const token = randomBytes(24).toString('base64url');
    const created = {
      id: randomBytes(8).toString('hex'),
      actions: [...actions],
      paths: [...paths],
      createdAt: new Date(nowMs).toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const digest = sha256(token);
    await this.#keep([...others, { ...created, sha256: digest }]);
    const info: TokenInfo = { ...created, origin: 'api' };
    this.#add(info, digest);
    return { ...info, token };
  }

  async #revoke(id: string): Promise<void> {
    const entry = this.#byId.get(id);
    if (entry === undefined) throw authError('ERR_AUTH_TOKEN_NOT_FOUND', `no token '${id}'`);
    if (entry.info.origin === 'config') throw authError('ERR_AUTH_TOKEN_CONFIGURED', `the token '${id}' is to be taken out of auth.tokens`);
    await this.#keep(this.#kept.filter((kept) => kept.id !== id));
    entry.revoked = true;
  }

  /** Those that expired go. */
  async #keep(tokens: readonly KeptToken[]): Promise<void> {
    await writeTokens(this.#file, tokens);
    const stay = new Set(tokens.map(({ id }) => id));
    for (const { id, sha256: digest } of this.#kept) {
      if (stay.has(id)) continue;
      this.#byId.delete(id);
      this.#byDigest.delete(digest);
    }
    this.#kept = tokens;
  }
}
