import { createHash } from 'node:crypto';
import { readAuthorization } from '../../../../plugins/rtsp/src/proto/authorization.js';
import { ClientAuth } from '../../../../plugins/rtsp/src/proto/client-auth.js';
import { RtspClientSession } from '../../../../plugins/rtsp/src/proto/client-session.js';
import { parseClientUrl, redirectUrl } from '../../../../plugins/rtsp/src/proto/client-url.js';
import { baseUrl, controlUrl } from '../../../../plugins/rtsp/src/proto/control-url.js';
import { cseqOf, sessionIdOf } from '../../../../plugins/rtsp/src/proto/rtsp-message.js';
import { RtspReader } from '../../../../plugins/rtsp/src/proto/rtsp-reader.js';
import { parseRtspUrl } from '../../../../plugins/rtsp/src/proto/rtsp-url.js';
import { parseSdp } from '../../../../plugins/rtsp/src/proto/sdp.js';
import { ServerSession } from '../../../../plugins/rtsp/src/proto/server-session.js';
import { findControl, parsePlayControl } from '../../../../plugins/rtsp/src/proto/stream-control.js';
import { parseTransport, serializeTransport } from '../../../../plugins/rtsp/src/proto/transport-header.js';
import { type Target, textTarget } from '../target.js';
import { only } from './tell.js';

const kinds = ['rtsp-request', 'rtsp-response', 'rtsp-interleaved', 'rtsp-header-block', 'rtsp-body'];
const request = (method: string, cseq: number, more = '') => `${method} rtsp://h/live/a/streamid=0 RTSP/1.0\r\nCSeq: ${cseq}\r\n${more}\r\n`;
const answer = (cseq: number, more = '', body = '') =>
  `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nSession: 1;timeout=4\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=x',
  't=0 0',
  'a=control:*',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==',
  'a=control:streamid=0',
  'm=audio 0 RTP/AVP 8',
  'a=control:streamid=1',
  '',
].join('\r\n');
const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n';
const conversation = [
  request('OPTIONS', 1),
  request('DESCRIBE', 2, 'Accept: application/sdp\r\n'),
  request('SETUP', 3, transport),
  '$\0\0\x03abc',
  request('PLAY', 4),
  request('TEARDOWN', 5),
].join('');
const served = [
  answer(1, 'Public: DESCRIBE, SETUP\r\n'),
  answer(2, 'Content-Base: rtsp://h/live/a/\r\n', sdp),
  answer(3, transport),
  answer(4, transport),
  answer(5),
].join('');
const words = [
  '\r\n',
  '\r\n\r\n',
  '$\0',
  'RTSP/1.0 ',
  'CSeq: ',
  'Content-Length: ',
  'Session: ',
  'Transport: ',
  'RTP/AVP',
  'interleaved=',
  'client_port=',
  'WWW-Authenticate: Digest realm="a", nonce="b"\r\n',
  '401 ',
];
const hash = (_algorithm: string, text: string) => createHash('md5').update(text).digest('hex');

export const rtspTargets: readonly Target[] = [
  {
    name: 'rtsp-reader',
    seeds: { kinds, made: [conversation, served] },
    words,
    cuts: 'end',
    start(tell) {
      const session = new ServerSession(() => '12345678');
      const reader = new RtspReader({
        interleaved: (channel, payload) => tell('frame', channel, payload),
        message(message) {
          tell('message', message, cseqOf(message), sessionIdOf(message));
          if (message.kind === 'request') tell('check', session.check(message));
        },
      });
      return { push: (piece) => reader.push(piece) };
    },
  },
  {
    name: 'rtsp-client',
    seeds: { kinds, made: [served] },
    words: [...words, 'Location: rtsp://h2/\r\n', '302 Moved', 'a=control:', 'm=video 0 RTP/AVP 96\r\n'],
    cuts: 'end',
    start(tell) {
      const auth = new ClientAuth({ username: 'u', password: 'p' }, { hash, cnonce: () => 'c' });
      const session: RtspClientSession = new RtspClientSession({
        url: 'rtsp://h/live/a',
        auth,
        userAgent: 'x',
        handler: {
          send: (bytes) => tell('send', bytes),
          described(description) {
            tell('described', description);
            const media = description?.media ?? [];
            session.setUp(
              media.map(({ control }, n) => ({ control, transport: { profile: 'RTP/AVP/TCP', multicast: false, interleaved: [2 * n, 2 * n + 1] } })),
            );
          },
          trackSetUp: (index, spec) => tell('set up', index, spec),
          ready: () => session.start(),
          started: () => tell('started'),
          redirected: (url) => only(tell, () => redirectUrl(parseClientUrl('rtsp://u:p@h/live/a'), url), 'redirect'),
        },
      });
      const reader = new RtspReader({ interleaved: () => {}, message: (message) => session.receive(message) });
      session.begin();
      return { push: (piece) => reader.push(piece) };
    },
  },
  textTarget('sdp', { kinds: ['sdp'], made: [sdp] }, (text, tell) => tell('description', parseSdp(text)), {
    words: [
      'm=',
      'a=rtpmap:',
      'a=fmtp:',
      'a=control:',
      'c=IN IP4 ',
      '\r\n',
      'a=ssrc:',
      'a=group:',
      'a=candidate:',
      'a=simulcast:',
      'a=rid:',
      'a=extmap:',
      'a=crypto:',
      'a=fingerprint:',
      'b=AS:',
    ],
  }),
  textTarget(
    'rtsp-transport',
    {
      kinds: ['rtsp-header:transport', 'rtsp-header:transports'],
      made: ['RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=0-1;ssrc=1234ABCD;mode="PLAY"'],
    },
    (text, tell) => {
      const specs = parseTransport(text);
      tell('transport', specs);
      for (const spec of specs) only(tell, () => parseTransport(serializeTransport(spec)), 'again');
    },
    { words: ['interleaved=', 'client_port=', 'ssrc=', 'mode=', 'RTP/AVP/TCP', ';', ',', '"'] },
  ),
  textTarget(
    'rtsp-authorization',
    {
      kinds: ['rtsp-header:Authorization', 'rtsp-header:authorization'],
      made: ['Basic dTpw', 'Digest username="u", realm="r", nonce="n", uri="rtsp://h/a", response="0a"'],
    },
    (text, tell) => {
      const options = { realm: 'r', nonce: 'n', schemes: ['basic', 'digest-md5', 'digest-sha256'] as const, hash };
      const credentials = readAuthorization(text, 'PLAY', 'rtsp://h/a', options);
      tell('credentials', credentials?.name, credentials?.verify('p'));
    },
  ),
  textTarget(
    'rtsp-url',
    { made: ['rtsp://u:p@h:554/live/a?x=1&y=%20/trackID=1', '/live/a', 'rtsps://[::1]/a', 'rtsp://h/live/a/streamid=0 streamid=0'] },
    (text, tell) => {
      only(tell, () => parseRtspUrl(text), 'request');
      only(tell, () => parseClientUrl(text, { token: 'x' }), 'client');
      only(tell, () => parsePlayControl(text), 'control');
      const [uri = '', control = ''] = text.split(' ');
      only(tell, () => findControl(uri, controlUrl(baseUrl(uri, control, undefined), control), [control]), 'found');
    },
  ),
  textTarget(
    'rtsp-challenges',
    { kinds: ['rtsp-header:authenticate', 'rtsp-header:WWW-Authenticate'], made: ['Digest realm="a", nonce="b", Basic realm="c"'] },
    (text, tell) => {
      const auth = new ClientAuth({ username: 'u', password: 'p' }, { hash, cnonce: () => 'c' });
      tell('challenged', auth.challenged(text.split('\n', 16), false), auth.authorization('PLAY', 'rtsp://h/a'));
    },
  ),
];
