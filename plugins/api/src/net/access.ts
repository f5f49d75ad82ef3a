import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { banner, type PluginContext } from '@sluice/core';
import type { HttpService } from '@sluice/plugin-http/service';
import type { ApiConfig } from '../config.js';
import { forbidden, unauthorized } from '../errors.js';
import { covers, type Role } from '../proto/roles.js';

/** The keys of one engine. */
export interface Access {
  check(request: IncomingMessage): Role | undefined;
  demand(request: IncomingMessage, role: Role): Promise<void>;
}

interface KnownKey {
  readonly digest: Buffer;
  readonly role: Role;
  readonly expiresAtMs: number;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The configured key, or the one kept in the data folder, which the first start's banner shows. */
function mainKey(ctx: PluginContext, config: ApiConfig): string {
  if (config.key !== undefined) return config.key;
  const secret = ctx.secret('api-key', () => randomBytes(24).toString('base64url'));
  ctx.extend(banner, () => [{ label: 'API key', text: secret.fresh ? `${secret.value}  (kept in ${secret.file}; shown this once)` : `in ${secret.file}` }]);
  return secret.value;
}

/** Reads the keys. Only digests are kept, and all are compared, so that time tells nothing. */
export function createAccess(ctx: PluginContext, config: ApiConfig, http: Pick<HttpService, 'admit' | 'remoteOf'>): Access {
  const known: KnownKey[] = [{ digest: digest(mainKey(ctx, config)), role: 'admin', expiresAtMs: Number.POSITIVE_INFINITY }];
  for (const { key, role, expiresAt } of config.keys) {
    known.push({ digest: digest(key), role, expiresAtMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) });
  }
  const check = (request: IncomingMessage): Role | undefined => {
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) return undefined;
    const given = digest(key);
    let found: Role | undefined;
    const nowMs = ctx.clock.wallMs();
    for (const { digest, role, expiresAtMs } of known) {
      if (timingSafeEqual(digest, given) && nowMs < expiresAtMs) found = role;
    }
    if (found !== undefined) http.admit(request);
    return found;
  };
  return {
    check,
    async demand(request, role) {
      const guess = { remote: http.remoteOf(request), credential: request.headers.authorization };
      const found = await ctx.guesses.judge(
        guess,
        () => check(request),
        (known) => known !== undefined,
      );
      if (found === undefined) throw unauthorized();
      if (!covers(found, role)) throw forbidden(found);
    },
  };
}
