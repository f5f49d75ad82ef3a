import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import {
  answerDigestChallenge,
  contentLengthOf,
  type DigestHash,
  findHeaders,
  MessageReader,
  NonceIssuer,
  parseBasicCredentials,
  parseDigestChallenge,
  parseDigestCredentials,
  parseHead,
  parseParameters,
  parseStartLine,
  serializeDigestChallenge,
  serializeDigestCredentials,
  serializeHeaders,
  splitOutside,
  unquote,
  verifyDigest,
} from '@sluice/plugin-wire-text';
import { type Target, textTarget, wholeTarget } from '../target.js';
import { only } from './tell.js';

const message = 'MESSAGE sip:a@b SIP/2.0\r\nl:   5\r\nSubject: one\r\n two\r\n\tthree\r\n\r\nhelloSIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n';
const credentials =
  'Digest username="34020000001320000001",realm="3402000000",nonce="0000018f1d2a0000deadbeefdeadbeef",uri="sip:3402@b",response="6629fae49393a05397450978507c4ef1",algorithm=MD5,qop=auth,nc=00000001,cnonce="0a4f113b"';
const challenge = 'Digest realm="a b", nonce="0a1b", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE, opaque="x\\"y"';
const hash: DigestHash = (name, text) =>
  createHash(name === 'sm3' ? 'sha1' : name)
    .update(text)
    .digest('hex');
const words = [
  '\r\n',
  '\r\n\r\n',
  '\n ',
  'Content-Length: ',
  'Content-Length: 99999999\r\n',
  ': ',
  '"',
  '\\',
  ';',
  ',',
  '=',
  'Digest ',
  'Basic ',
  'nonce=',
  'realm="',
  '\0',
  'é',
  '\ud83d\ude00',
];

export const textTargets: readonly Target[] = [
  {
    name: 'text-messages',
    seeds: { kinds: ['sip', 'rtsp-request', 'rtsp-response'], made: [message] },
    words,
    cuts: 'end',
    copies: false,
    start(tell) {
      const reader = new MessageReader({ compactForms: { l: 'content-length' }, keepalives: [Buffer.from('jaK\0')], limits: { maxMessageBytes: 12_000 } });
      return {
        push(piece) {
          for (const { head, body, byteLength } of reader.push(piece)) tell('message', head, body, byteLength);
        },
      };
    },
  },
  wholeTarget(
    'text-head',
    { kinds: ['rtsp-header-block', 'sip', 'rtsp-request'], made: [message] },
    (input, tell) => {
      const head = parseHead(input);
      tell('head', head, findHeaders(head.headers, 'via'));
      only(tell, () => contentLengthOf(head), 'length');
      only(tell, () => parseStartLine(head.startLine), 'start line');
      only(tell, () => serializeHeaders(head.headers), 'again');
    },
    { words },
  ),
  textTarget(
    'digest',
    {
      kinds: ['rtsp-header:authorization', 'rtsp-header:Authorization', 'rtsp-header:authenticate', 'rtsp-header:WWW-Authenticate'],
      made: [credentials, challenge, 'Basic dXNlcjpwYXNz'],
    },
    (text, tell) => {
      only(tell, () => parseBasicCredentials(text), 'basic');
      only(
        tell,
        () => {
          const parsed = parseDigestCredentials(text);
          tell('verified', verifyDigest({ hash, credentials: parsed, method: 'REGISTER', password: 'x' }));
          return serializeDigestCredentials(parsed);
        },
        'credentials',
      );
      only(
        tell,
        () => {
          const parsed = parseDigestChallenge(text);
          tell(
            'answer',
            answerDigestChallenge({ hash, challenge: parsed, username: 'u', password: 'p', method: 'PLAY', uri: 'rtsp://h/', cnonce: 'c', count: 1 }),
          );
          return serializeDigestChallenge(parsed);
        },
        'challenge',
      );
    },
    { words },
  ),
  textTarget(
    'parameters',
    { kinds: ['rtsp-header:keyval', 'rtsp-header:KeyMgmt', 'rtsp-header:Session'], made: ['a="b;c";d=e; f', 'x=1,y="\\"z"'] },
    (text, tell) => {
      tell('list', splitOutside(text, ','), unquote(text));
      for (const separator of [';', ','] as const) only(tell, () => parseParameters(text, separator), 'parameters');
    },
    { words },
  ),
  textTarget('nonce', { made: ['0000018f1d2a0000deadbeefdeadbeef|00000001', '00000000001000010000000000000000'] }, (text, tell) => {
    const issuer = new NonceIssuer({ hmac: (data) => createHmac('sha256', 'k').update(data).digest('hex'), now: () => 1, maxUsed: 4 });
    const [nonce = '', nc] = text.split('|');
    tell('nonce', issuer.check(nonce, 'a'), issuer.use(nonce, nc), issuer.use(issuer.issue('a'), nc));
  }),
];
