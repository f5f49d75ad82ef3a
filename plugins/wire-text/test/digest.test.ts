import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  answerDigestChallenge,
  constantTimeEqual,
  type DigestHash,
  digestResponse,
  NonceIssuer,
  parseBasicCredentials,
  parseDigestChallenge,
  parseDigestCredentials,
  serializeBasicCredentials,
  serializeDigestChallenge,
  serializeDigestCredentials,
  verifyDigest,
} from '../src/index.js';

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

// Answers of real devices seen on the wire: user, realm, nonce, uri, password, response.
const KNOWN = [
  ['34010000001310000001', '3401000000', '9450c474d1150064', 'sip:34010000002000000001@192.168.230.53:5060', '12345678', '1dae2e01c1b83b2a156dd94d86ff9c08'],
  ['34010000001310000001', '3401000000', '0540eb8f630c60f0', 'sip:34010000002000000001@192.168.230.53:5060', '12345678', '65bda226c49c75abdd1d0ce83608436b'],
  ['34020000001110000001', '34020000', 'awer23sdfj123123', 'sip:34020000002000000001@3402000000', '12345678', '5a08b47cf38bc6aa2df2f70577879e37'],
  ['admin', 'hik', 'a8afe6fcbee6331d89d3eb0d3d19ce39', 'sip:130909115229300920@10.64.49.44:7100', '12345', '907ddb1bcc25174d7de4a96c947fb066'],
] as const;

describe('digest', () => {
  it.each(KNOWN)('knows the answer of %s in realm %s', (username, realm, nonce, uri, password, response) => {
    expect(digestResponse({ hash, username, realm, nonce, uri, password, method: 'REGISTER' })).toBe(response);
    const header = `Digest username="${username}",realm="${realm}",nonce="${nonce}",uri="${uri}",response="${response}"`;
    const credentials = parseDigestCredentials(header);
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password })).toBe(true);
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password: `${password}x` })).toBe(false);
    expect(verifyDigest({ hash, credentials, method: 'INVITE', password })).toBe(false);
  });

  it('knows an answer with qop=auth', () => {
    const header =
      'Digest username="34020000001320000264", realm="3402000000", nonce="6eb1340d99c404a0e4d3b68d15d1d46f", uri="sip:34020000002000000001@3402000000", ' +
      'response="4c97657aa0412c25d4b862219b635c17", algorithm="MD5", cnonce="0a4f113b", qop=auth, nc=00000001';
    const credentials = parseDigestCredentials(header);
    expect(credentials).toMatchObject({ qop: 'auth', nc: '00000001', cnonce: '0a4f113b', algorithm: 'MD5' });
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password: '12345678' })).toBe(true);
    expect(verifyDigest({ hash, credentials: { ...credentials, nc: '00000002' }, method: 'REGISTER', password: '12345678' })).toBe(false);
  });

  // RFC 7616 3.9.1
  it('knows the answers of RFC 7616', () => {
    const input = {
      hash,
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      password: 'Circle of Life',
      method: 'GET',
      uri: '/dir/index.html',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      qop: 'auth',
    } as const;
    expect(digestResponse(input)).toBe('8ca523f5e9506fed4657c9700eebdbec');
    expect(digestResponse({ ...input, algorithm: 'SHA-256' })).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });

  it('computes SM3 with the hash it is given', () => {
    const seen: string[] = [];
    digestResponse({ hash: (name) => `${seen.push(name)}`, algorithm: 'SM3', username: 'a', realm: 'b', password: 'c', method: 'D', uri: 'e', nonce: 'f' });
    expect(seen).toEqual(['sm3', 'sm3', 'sm3']);
    expect(hash('sm3', 'abc')).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  });

  it.each(['Bidirection algorithm="A:SM2"', 'Basic YTpi', '', 'Digest'])('does not take %p for digest credentials', (header) => {
    expect(() => parseDigestCredentials(header)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_AUTH_/) }));
  });

  it('refuses qop=auth without nc, unknown algorithms and qop', () => {
    const base = 'Digest username="a", realm="b", nonce="c", uri="d", response="e"';
    expect(() => parseDigestCredentials(`${base}, qop=auth`)).toThrow(/nc/);
    expect(() => parseDigestCredentials(`${base}, qop=auth-int, nc=1, cnonce="x"`)).toThrow(/qop/);
    expect(() => parseDigestCredentials(`${base}, algorithm=__proto__`)).toThrow(/algorithm/);
  });

  it('writes the short challenge old cameras know', () => {
    expect(serializeDigestChallenge({ realm: '3402000000', nonce: 'abc', algorithm: 'MD5' })).toBe('Digest realm="3402000000", nonce="abc", algorithm=MD5');
    expect(parseDigestChallenge('Digest realm="r", nonce="n", qop="auth,auth-int", stale=TRUE')).toEqual({ realm: 'r', nonce: 'n', qop: 'auth', stale: true });
    expect(() => parseDigestChallenge('Digest realm="r", nonce="n", qop="auth-int"')).toThrow(/qop/);
  });

  it('answers what it challenges, through the text of both headers', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !/[\r\n\0]/.test(value) && value.trim() === value);
    fc.assert(
      fc.property(text, text, text, text, fc.constantFrom('MD5', 'SHA-256', 'SM3'), fc.boolean(), (realm, nonce, username, password, algorithm, counted) => {
        const sent = { realm, nonce, algorithm: algorithm as 'MD5', ...(counted ? { qop: 'auth' as const } : {}) };
        const challenge = parseDigestChallenge(serializeDigestChallenge(sent));
        expect(challenge).toEqual(sent);
        const answer = answerDigestChallenge({ hash, challenge, username, password, method: 'REGISTER', uri: 'sip:a@b', cnonce: 'xyz' });
        const credentials = parseDigestCredentials(serializeDigestCredentials(answer));
        expect(credentials).toEqual(answer);
        expect(verifyDigest({ hash, credentials, method: 'REGISTER', password })).toBe(true);
        expect(verifyDigest({ hash, credentials, method: 'REGISTER', password: `${password}!` })).toBe(false);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('Basic', () => {
  it('reads what it writes, colons in the password and all', () => {
    const credentials = { username: 'admin', password: 'a:b:ü' };
    expect(parseBasicCredentials(serializeBasicCredentials(credentials))).toEqual(credentials);
    expect(parseBasicCredentials('basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toEqual({ username: 'Aladdin', password: 'open sesame' });
  });
  it('refuses what is none', () => {
    expect(() => parseBasicCredentials('Digest a=b')).toThrow(expect.objectContaining({ code: 'ERR_AUTH_SCHEME' }));
    expect(() => parseBasicCredentials('Basic YWJj')).toThrow(expect.objectContaining({ code: 'ERR_AUTH_MALFORMED' }));
  });
});

describe('constantTimeEqual', () => {
  it('is equality', () => {
    const bytes = fc.uint8Array({ maxLength: 8 }).map((value) => Buffer.from(value));
    fc.assert(
      fc.property(bytes, bytes, (a, b) => constantTimeEqual(a, b) === a.equals(b) && constantTimeEqual(a, Buffer.from(a))),
      { seed: 2 },
    );
  });
});

describe('NonceIssuer', () => {
  const issuer = (clock: { ms: number }, maxUsed?: number) =>
    new NonceIssuer({ hmac: (text) => createHmac('sha256', 'secret').update(text).digest('hex'), now: () => clock.ms, ...(maxUsed ? { maxUsed } : {}) });

  it('knows its own nonces by source and age', () => {
    const clock = { ms: 1_700_000_000_000 };
    const nonces = issuer(clock);
    const nonce = nonces.issue('192.0.2.1');
    expect(nonce).toMatch(/^[0-9a-f]{32}$/);
    expect(nonces.issue('192.0.2.1')).not.toBe(nonce);
    expect(nonces.check(nonce, '192.0.2.1')).toBe('ok');
    expect(nonces.check(nonce, '192.0.2.2')).toBe('unknown');
    expect(nonces.check('9450c474d1150064', '192.0.2.1')).toBe('unknown');
    clock.ms += 300_001;
    expect(nonces.check(nonce, '192.0.2.1')).toBe('stale');
  });

  it('lets a nonce be used once, and with a count once per count', () => {
    const nonces = issuer({ ms: 5 });
    const plain = nonces.issue('a');
    expect([nonces.use(plain), nonces.use(plain)]).toEqual([true, false]);
    const counted = nonces.issue('a');
    expect(['00000001', '00000002', '00000002', '00000001', '0000000a'].map((nc) => nonces.use(counted, nc))).toEqual([true, true, false, false, true]);
  });

  it('stays bounded and never takes a forgotten nonce again', () => {
    const clock = { ms: 1000 };
    const nonces = issuer(clock, 10);
    const all: string[] = [];
    for (let count = 0; count < 100; count++) {
      clock.ms++;
      const nonce = nonces.issue('a');
      expect(nonces.check(nonce, 'a')).toBe('ok');
      nonces.use(nonce);
      all.push(nonce);
    }
    expect(nonces.usedCount).toBe(10);
    expect(all.filter((nonce) => nonces.check(nonce, 'a') === 'ok' && nonces.use(nonce))).toEqual([]);
  });
});
