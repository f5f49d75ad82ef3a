import { isPathPattern } from '@sluice/core';
import { z } from 'zod';

const MODES = ['open', 'token', 'jwt', 'callback'] as const;
const HMAC = ['HS256', 'HS384', 'HS512'] as const;
const PUBLIC_KEY = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const text = z.string().min(1).max(512);
const secret = text.meta({ secret: true });
const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' });

/** What may be done. */
export const actionList = z.array(z.enum(['publish', 'play'])).min(1);
/** Where it may be done: paths with `*` for any part of a name and `**` for any number of names. */
export const pathList = z.array(z.string().max(1024).refine(isPathPattern, 'expected a stream path, `*` and `**` allowed')).min(1).max(1000);
/** ISO 8601, with a time zone. */
export const instant = z.iso.datetime({ offset: true });

const rights = {
  actions: actionList.describe('what it lets do: publish, play'),
  paths: pathList.describe('where: stream paths with `*` for any part of a name, `**` for any number of names'),
};

const token = z
  .strictObject({
    id: z.string().min(1).max(128).describe('name of the token, for people and the API'),
    token: secret.exactOptional().describe('the token itself'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits')
      .exactOptional()
      .describe('instead of the token: its SHA-256, hexadecimal'),
    ...rights,
    expiresAt: instant.exactOptional().describe('when it ends, ISO 8601; sessions end with it'),
  })
  .refine(({ token, sha256 }) => (token === undefined) !== (sha256 === undefined), 'expected either token or sha256');

const user = z.strictObject({
  name: z.string().min(1).max(128).describe('user name'),
  password: secret.describe('password, proved by Basic or Digest'),
  ...rights,
});

const jwt = z
  .strictObject({
    jwksUrl: httpUrl.exactOptional().describe('where the public keys are, as a JSON Web Key Set'),
    publicKey: z.string().startsWith('-----BEGIN PUBLIC KEY-----', 'PEM text of a public key').exactOptional().describe('the public key, PEM (SPKI)'),
    secret: z.string().min(1).max(4096).exactOptional().meta({ secret: true }).describe('the shared secret of HS256, HS384, HS512'),
    algorithms: z
      .array(z.enum([...HMAC, ...PUBLIC_KEY]))
      .min(1)
      .exactOptional()
      .describe('algorithms that are taken; by default all that fit the key'),
    issuer: z.string().min(1).exactOptional().describe('what `iss` must be'),
    audience: z.string().min(1).exactOptional().describe('what `aud` must contain'),
    timeoutMs: z.int().min(100).max(9000).default(3000).describe('most time to fetch the keys'),
    cacheSeconds: z.int().min(30).max(86_400).default(600).describe('fetched keys are used so long; a token with a new key id fetches sooner'),
  })
  .refine(({ jwksUrl, publicKey, secret }) => [jwksUrl, publicKey, secret].filter((key) => key !== undefined).length === 1, {
    error: 'expected one of jwksUrl, publicKey and secret',
  })
  // A public key taken for a shared secret would let anybody sign (RFC 8725 2.1).
  .refine(({ algorithms = [], secret }) => algorithms.every((name) => name.startsWith('HS') === (secret !== undefined)), {
    path: ['algorithms'],
    error: 'HS… goes with secret, all others with jwksUrl or publicKey',
  });

/** Who may publish and play. */
export const authConfig = z
  .strictObject({
    publish: z.enum(MODES).default('open').describe('who may publish: anybody (open), tokens, users and signed URLs (token), jwt, or whom a callback allows'),
    play: z.enum(MODES).default('open').describe('who may play, as auth.publish'),
    tokens: z.array(token).default([]).describe('tokens; more can be made by POST /auth/tokens'),
    users: z.array(user).default([]).describe('users of RTSP'),
    signing: z
      .strictObject({ secret: secret.describe('key of the HMAC') })
      .exactOptional()
      .describe('signed URLs `?exp=UNIX&sig=HEX`; off without it'),
    jwt: jwt.exactOptional().describe('JSON Web Tokens with the claims exp, actions and paths'),
    callback: z
      .strictObject({
        url: httpUrl.describe('asked by POST; 2xx allows, all else denies'),
        timeoutMs: z.int().min(100).max(9000).default(3000).describe('no answer until then denies'),
        cacheSeconds: z.number().min(0).max(3600).default(10).describe('an answer holds so long for the same question'),
      })
      .exactOptional()
      .describe('asks a program of yours'),
    headers: z.array(z.string().min(1).toLowerCase()).default(['x-sluice-token', 'gmv-token']).describe('HTTP headers that may carry a token'),
    maxTokens: z.int().min(1).max(1_000_000).default(10_000).describe('most tokens made by POST /auth/tokens'),
  })
  .superRefine((config, issues) => {
    for (const action of ['publish', 'play'] as const) {
      const mode = config[action];
      if ((mode === 'jwt' || mode === 'callback') && config[mode] === undefined) {
        issues.addIssue({ code: 'custom', path: [action], message: `${mode} needs auth.${mode}` });
      }
    }
    for (const [key, names] of [
      ['tokens', config.tokens.map(({ id }) => id)],
      ['users', config.users.map(({ name }) => name)],
    ] as const) {
      const double = names.find((name, index) => names.indexOf(name) !== index);
      if (double !== undefined) issues.addIssue({ code: 'custom', path: [key], message: `two are named '${double}'` });
    }
  });

/** The options, checked. */
export type AuthConfig = z.output<typeof authConfig>;
