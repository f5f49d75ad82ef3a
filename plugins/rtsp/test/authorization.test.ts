import { createHash } from 'node:crypto';
import { answerDigestChallenge, parseDigestChallenge, serializeBasicCredentials, serializeDigestCredentials } from '@sluice/plugin-wire-text';
import { type AuthScheme, type ChallengeOptions, challenges, readAuthorization } from '../src/proto/authorization.js';

const hash = (name: string, text: string) => createHash(name).update(text).digest('hex');
const options: ChallengeOptions = { realm: 'sluice', nonce: 'abc', schemes: ['digest-sha256', 'basic', 'digest-md5'], hash };
const uri = 'rtsp://h/live/a';

function answer(header: string, password: string, signed = uri): string {
  const challenge = parseDigestChallenge(header);
  return serializeDigestCredentials(answerDigestChallenge({ hash, challenge, username: 'me', password, method: 'DESCRIBE', uri: signed, cnonce: 'c' }));
}

describe('authorization', () => {
  it('challenges with every scheme, in order', () => {
    expect(challenges(options)).toEqual([
      'Digest realm="sluice", nonce="abc", algorithm=SHA-256',
      'Basic realm="sluice"',
      'Digest realm="sluice", nonce="abc", algorithm=MD5',
    ]);
  });

  it.each([0, 2])('verifies an answer to challenge %i', (index) => {
    const challenge = challenges(options)[index] ?? '';
    const right = readAuthorization(answer(challenge, 'secret'), 'DESCRIBE', uri, options);
    expect(right?.name).toBe('me');
    expect(right?.verify('secret')).toBe(true);
    expect(right?.verify('other')).toBe(false);
    expect(readAuthorization(answer(challenge, 'wrong'), 'DESCRIBE', uri, options)?.verify('secret')).toBe(false);
    expect(readAuthorization(answer(challenge, 'secret'), 'ANNOUNCE', uri, options)?.verify('secret')).toBe(false);
  });

  it('verifies Basic', () => {
    const header = serializeBasicCredentials({ username: 'me', password: 'a:b' });
    const credentials = readAuthorization(header, 'PLAY', uri, options);
    expect([credentials?.name, credentials?.verify('a:b'), credentials?.verify('a')]).toEqual(['me', true, false]);
  });

  it('takes a digest about the control of a track, with or without host, and about no other stream', () => {
    const challenge = challenges(options)[2] ?? '';
    expect(readAuthorization(answer(challenge, 'x', '/live/a/trackID=1'), 'DESCRIBE', uri, options)).toBeDefined();
    expect(readAuthorization(answer(challenge, 'x', 'rtsp://h/live/b'), 'DESCRIBE', uri, options)).toBeUndefined();
    expect(readAuthorization(answer(challenge, 'x', 'rtsp://h/live/ab'), 'DESCRIBE', uri, options)).toBeUndefined();
  });

  it.each<[string, string, readonly AuthScheme[]]>([
    ['of another nonce', answer('Digest realm="sluice", nonce="old"', 'x'), options.schemes],
    ['of another realm', answer('Digest realm="else", nonce="abc"', 'x'), options.schemes],
    ['of a scheme not offered', serializeBasicCredentials({ username: 'a', password: 'b' }), ['digest-md5']],
    ['of an algorithm not offered', answer('Digest realm="sluice", nonce="abc"', 'x'), ['digest-sha256']],
    ['that cannot be read', 'Digest nonsense', options.schemes],
    ['of a kind not known', 'Bearer x', options.schemes],
  ])('takes none %s', (_, header, schemes) => {
    expect(readAuthorization(header, 'DESCRIBE', uri, { ...options, schemes })).toBeUndefined();
  });
});
