import { createHmac } from 'node:crypto';
import { FakeClock } from '@sluice/core/testing';
import { createJwtMode } from '../../../../plugins/auth/src/net/jwt-mode.js';
import { createSignedUrls } from '../../../../plugins/auth/src/net/signed-urls.js';
import { parseSecret } from '../../../../plugins/report-http/src/proto/secret.js';
import { type Target, textTarget } from '../target.js';

const SECRET = 'a secret of the fuzzer, thirty-two bytes and more';
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(claims: object, header: object = { alg: 'HS256' }): string {
  const signed = `${base64(header)}.${base64(claims)}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

const good = jwt({ actions: ['play'], paths: ['live/**'], exp: 4_000_000_000 });
const clock = new FakeClock();
const signedUrls = createSignedUrls(SECRET, clock);
const log = new Proxy({}, { get: () => () => {} });

export const authTargets: readonly Target[] = [
  textTarget(
    'jwt',
    { made: [good, jwt({ actions: ['publish'] }, { alg: 'none' }), jwt({ exp: 1 }), jwt({}, { alg: 'HS256', crit: ['b64'], b64: false })] },
    async (token, tell) => {
      // A token of a stranger says nothing of our keys.
      const count = (name: string) => {
        throw new Error(`counted as ${name}`);
      };
      const check = createJwtMode({ clock, log: log as never, count }, { secret: SECRET, timeoutMs: 1000, cacheSeconds: 60 } as never);
      const verdict = await check({ action: 'play', path: 'live/a', protocol: 'rtmp', token } as never);
      tell('verdict', verdict.allow);
      // Base64 has bits that mean nothing, and the signature is followed by none.
      const isOurs = token.split('.', 2).join('.') === good.split('.', 2).join('.');
      if (verdict.allow && !isOurs) throw new Error('a token that nobody signed is good');
    },
    { words: ['.', base64({ alg: 'none' }), base64({ alg: 'RS256' }), base64({ alg: 'HS256', kid: '../../x' }), base64({ exp: 4e9 })], maxBytes: 10_000 },
  ),
  textTarget('signed-url', { made: [`4000000000 ${'0a'.repeat(32)}`, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }, (text, tell) => {
    const [exp = '', sig = ''] = text.split(' ');
    const holder = signedUrls({ action: 'play', path: 'live/a', query: { exp, sig } } as never);
    if (holder !== undefined) throw new Error('a URL that nobody signed is good');
    tell('secret', parseSecret(text));
  }),
];
