import { type Clock, messageOf, type PluginContext, rateLimited } from '@sluice/core';
import { createRemoteJWKSet, errors, importSPKI, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { AuthConfig } from '../config.js';
import { rightsOfClaims } from '../proto/claims.js';
import { answerTo, type Check, type Holder, tokensOf } from '../proto/holder.js';
import { rightsCheck } from '../proto/rights.js';

type JwtConfig = NonNullable<AuthConfig['jwt']>;

const HMAC = ['HS256', 'HS384', 'HS512'];
const PUBLIC_KEY = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Keys are fetched for an unknown key id no more often than this, or strangers could make us ask all day. */
const COOLDOWN_MS = 10_000;

/** Where the key of a token comes from. */
function keysOf({ jwksUrl, publicKey, secret, timeoutMs, cacheSeconds }: JwtConfig): JWTVerifyGetKey {
  if (jwksUrl !== undefined) {
    return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: timeoutMs, cacheMaxAge: cacheSeconds * 1000, cooldownDuration: COOLDOWN_MS });
  }
  if (secret !== undefined) {
    const bytes = new TextEncoder().encode(secret);
    return () => bytes;
  }
  return ({ alg = '' }) => importSPKI(publicKey ?? '', alg);
}

function holderOf(claims: JWTPayload, clock: Clock): Holder {
  const permits = rightsCheck(rightsOfClaims(claims));
  if (claims.exp === undefined) return { permits };
  return { permits, grant: { lastsMs: claims.exp * 1000 - clock.wallMs(), revoked: false } };
}

/** A token that proves nothing is no news; keys that cannot be had are. */
function isOurTrouble(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC';
}

/** `jwt`: tokens signed by somebody who is trusted (RFC 7519). They cannot be taken back; their sessions end with `exp`. */
export function createJwtMode(ctx: Pick<PluginContext, 'clock' | 'log' | 'count'>, config: JwtConfig): Check {
  const { issuer, audience, algorithms = config.secret === undefined ? PUBLIC_KEY : HMAC } = config;
  const keys = keysOf(config);
  const log = rateLimited(ctx.log, ctx.clock);
  const verify = async (token: string): Promise<Holder | undefined> => {
    const options: JWTVerifyOptions = {
      algorithms: [...algorithms],
      currentDate: new Date(ctx.clock.wallMs()),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
    try {
      const { payload } = await jwtVerify(token, keys, options);
      return holderOf(payload, ctx.clock);
    } catch (error) {
      if (isOurTrouble(error)) {
        ctx.count('jwt-keys');
        log('jwt-keys', {}, `the keys of JWT cannot be had: ${messageOf(error)}`);
      }
      return undefined;
    }
  };
  return async (request) => {
    const found = await Promise.all(tokensOf(request).map(verify));
    return answerTo(
      request,
      found.filter((holder) => holder !== undefined),
    );
  };
}
