import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type DigestHash, digestResponse, parseDigestCredentials, verifyDigest } from '@sluice/plugin-wire-text';
import { ClientAuth } from '../src/proto/client-auth.js';
import { RtspClientSession } from '../src/proto/client-session.js';
import { parseClientUrl } from '../src/proto/client-url.js';
import { RtspReader } from '../src/proto/rtsp-reader.js';
import type { SessionDescription } from '../src/proto/sdp.js';
import type { TransportSpec } from '../src/proto/transport-header.js';

const hash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');
const TCP: TransportSpec = { profile: 'RTP/AVP/TCP', multicast: false };
const SDP = [
  'v=0',
  's=x',
  'a=control:*',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:track1',
  'm=audio 0 RTP/AVP 8',
  'a=control:track2',
  '',
].join('\r\n');

/** A client against answers written by hand. It sets up everything in the description by TCP, and starts at once. */
function client(url = 'rtsp://h/live/a', announce?: string) {
  const target = parseClientUrl(url);
  const sent: { line: string; headers: Record<string, string>; body: string }[] = [];
  const log: string[] = [];
  const tracks: TransportSpec[] = [];
  const setUpsOf = (description: SessionDescription | undefined) =>
    (description?.media ?? [{ control: 'trackID=0' }, { control: 'trackID=1' }]).map(({ control }, index) => ({
      control,
      transport: { ...TCP, interleaved: [2 * index, 2 * index + 1] as const, ...(announce === undefined ? {} : { mode: 'RECORD' }) },
    }));
  const session: RtspClientSession = new RtspClientSession({
    handler: {
      send: (bytes) => {
        const [head = '', body = ''] = bytes.toString('utf8').split('\r\n\r\n');
        const [line = '', ...rest] = head.split('\r\n');
        sent.push({ line, headers: Object.fromEntries(rest.map((text) => text.split(/: (.*)/, 2) as [string, string])), body });
      },
      described: (description) => {
        log.push(`described ${description?.media.length ?? 'ours'}`);
        session.setUp(setUpsOf(description));
      },
      trackSetUp: (index, transport) => {
        log.push(`set up ${index} ${transport.interleaved?.join('-')}`);
        tracks.push(transport);
      },
      ready: () => {
        log.push('ready');
        session.start();
      },
      started: () => log.push('started'),
      redirected: (to) => log.push(`redirected ${to}`),
    },
    url: target.url,
    auth: new ClientAuth(target.credentials, { hash, cnonce: () => 'c0ffee' }),
    userAgent: 'test',
    ...(announce === undefined ? {} : { announce }),
  });
  const reader = new RtspReader({
    message: (message) => session.receive(message),
    interleaved: (channel, payload) => log.push(`$${channel} ${payload.length}`),
  });
  const last = () => {
    const request = sent.at(-1);
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  };
  /** Answers the last request. */
  const answer = (status = '200 OK', headers: readonly string[] = [], body = '') => {
    const length = body === '' ? [] : [`Content-Length: ${body.length}`];
    reader.push(Buffer.from([`RTSP/1.0 ${status}`, `CSeq: ${last().headers.CSeq}`, ...headers, ...length, '', body].join('\r\n')));
  };
  session.begin();
  return { session, sent, last, log, tracks, reader, answer };
}

const lines = ({ sent }: { sent: readonly { line: string }[] }) => sent.map(({ line }) => line.replace(/ RTSP\/1\.0$/, ''));

describe('a pull', () => {
  it('asks for everything in turn', () => {
    const pull = client();
    pull.answer('200 OK', ['Public: OPTIONS, DESCRIBE']);
    pull.answer('200 OK', ['Content-Base: rtsp://h/live/a/'], SDP);
    pull.answer('200 OK', ['Session: 42 ; timeout=30', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    pull.answer('200 OK', ['Session: 42', 'Transport: RTP/AVP/TCP;unicast;interleaved=2-3']);
    pull.answer();
    expect(lines(pull)).toEqual([
      'OPTIONS rtsp://h/live/a',
      'DESCRIBE rtsp://h/live/a',
      'SETUP rtsp://h/live/a/track1',
      'SETUP rtsp://h/live/a/track2',
      'PLAY rtsp://h/live/a/',
    ]);
    expect(pull.sent.map(({ headers }) => headers.CSeq)).toEqual(['1', '2', '3', '4', '5']);
    expect(pull.sent[2]?.headers).toMatchObject({ Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' });
    expect(pull.sent[3]?.headers).toMatchObject({ Session: '42' });
    expect(pull.last().headers).toMatchObject({ Session: '42', Range: 'npt=0.000-' });
    expect(pull.log).toEqual(['described 2', 'set up 0 0-1', 'set up 1 2-3', 'ready', 'started']);
    expect(pull.session.keepAliveMs).toBe(15_000);
  });

  it('understands answers whose CSeq is wrong or missing, and waits through 1xx', () => {
    const pull = client();
    pull.reader.push(Buffer.from('RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\n'));
    expect(pull.last().line).toContain('DESCRIBE');
    pull.reader.push(Buffer.from(`RTSP/1.0 200 OK\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`));
    expect(pull.last().line).toContain('SETUP');
  });

  it('takes other channels than it asked for, and packets before the answer to PLAY', () => {
    const pull = client();
    pull.answer();
    pull.answer('200 OK', [], SDP);
    pull.answer('200 OK', ['Session: 1', 'Transport: RTP/AVP/TCP;interleaved=8-9']);
    // Channels, but no TCP
    pull.answer('200 OK', ['Session: 1', 'Transport: RTP/AVP;unicast;interleaved=2-3']);
    pull.reader.push(Buffer.from([0x24, 8, 0, 2, 1, 2]));
    pull.answer();
    expect(pull.log.slice(1)).toEqual(['set up 0 8-9', 'set up 1 2-3', 'ready', '$8 2', 'started']);
  });

  it('goes on where OPTIONS is refused, and with the tracks that can be set up', () => {
    const pull = client();
    pull.answer('404 Not Found');
    pull.answer('200 OK', [], SDP);
    pull.answer('200 OK', ['Session: 1']);
    pull.answer('404 Not Found');
    expect(pull.log).toEqual(['described 2', 'set up 0 0-1', 'ready']);
  });

  it.each([
    ['404 Not Found', 'ERR_RTSP_REFUSED'],
    ['461 Unsupported Transport', 'ERR_RTSP_TRANSPORT'],
    ['401 Unauthorized', 'ERR_RTSP_AUTH'],
  ])('ends by %s to SETUP as %s', (status, code) => {
    const pull = client();
    pull.answer();
    pull.answer('200 OK', [], SDP);
    expect(() => pull.answer(status)).toThrow(expect.objectContaining({ code, status: 502 }));
  });

  it('ends where the server answers by UDP what was asked by TCP', () => {
    const pull = client();
    pull.answer();
    pull.answer('200 OK', [], SDP);
    expect(() => pull.answer('200 OK', ['Transport: RTP/AVP;unicast;server_port=1-2'])).toThrow(expect.objectContaining({ code: 'ERR_RTSP_TRANSPORT' }));
  });

  it.each(['OPTIONS', 'DESCRIBE', 'SETUP'])('follows a redirect of %s', (method) => {
    const pull = client();
    if (method !== 'OPTIONS') pull.answer();
    if (method === 'SETUP') pull.answer('200 OK', [], SDP);
    expect(pull.last().line).toContain(method);
    pull.answer('302 Found', ['Location: rtsp://other/a']);
    expect(pull.log.at(-1)).toBe('redirected rtsp://other/a');
  });

  it('answers what the server asks', () => {
    const pull = client();
    pull.reader.push(Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\nUNKNOWN * RTSP/1.0\r\nCSeq: 8\r\nSession: 1\r\n\r\n'));
    expect(pull.sent.slice(1).map(({ line, headers }) => [line, headers.CSeq, headers.Session])).toEqual([
      ['RTSP/1.0 200 OK', '7', undefined],
      ['RTSP/1.0 501 Not Implemented', '8', '1'],
    ]);
    pull.reader.push(Buffer.from('REDIRECT rtsp://h/live/a RTSP/1.0\r\nCSeq: 9\r\nLocation: rtsp://other/a\r\n\r\n'));
    expect(pull.log).toEqual(['redirected rtsp://other/a']);
    expect(() => pull.reader.push(Buffer.from('TEARDOWN rtsp://h/live/a RTSP/1.0\r\nCSeq: 10\r\n\r\n'))).toThrow(
      expect.objectContaining({ code: 'ERR_RTSP_CLOSED' }),
    );
    expect(pull.last()).toMatchObject({ line: 'RTSP/1.0 200 OK', headers: { CSeq: '10' } });
  });
});

describe('signs of life', () => {
  const playing = (publicHeader: string) => {
    const pull = client();
    pull.answer('200 OK', [publicHeader]);
    pull.answer('200 OK', [], SDP);
    pull.answer('200 OK', ['Session: 1']);
    pull.answer();
    pull.answer();
    return pull;
  };

  it('are GET_PARAMETER where the server knows it, until it does not', () => {
    const pull = playing('Public: DESCRIBE, GET_PARAMETER');
    pull.session.keepAlive();
    expect(pull.last()).toMatchObject({ line: 'GET_PARAMETER rtsp://h/live/a RTSP/1.0', headers: { Session: '1' } });
    pull.answer('551 Option Not Supported');
    pull.session.keepAlive();
    expect(pull.last().line).toContain('OPTIONS');
  });

  it('are OPTIONS elsewhere, and come without an answer to the one before', () => {
    const pull = playing('Public: DESCRIBE');
    pull.session.keepAlive();
    pull.session.keepAlive();
    expect(pull.sent.slice(-2).map(({ line }) => line.split(' ')[0])).toEqual(['OPTIONS', 'OPTIONS']);
  });

  it('find out that the session is gone', () => {
    const pull = playing('Public: GET_PARAMETER');
    pull.session.keepAlive();
    expect(() => pull.answer('454 Session Not Found')).toThrow(expect.objectContaining({ code: 'ERR_RTSP_CLOSED' }));
  });

  it('end with TEARDOWN, where there is a session', () => {
    const early = client();
    early.session.teardown();
    expect(early.sent).toHaveLength(1);
    const pull = playing('Public: OPTIONS');
    pull.session.teardown();
    expect(pull.last()).toMatchObject({ line: 'TEARDOWN rtsp://h/live/a RTSP/1.0', headers: { Session: '1' } });
  });
});

describe('a push', () => {
  it('announces, sets up and records', () => {
    const push = client('rtsp://h/live/a?token=x', SDP);
    push.answer();
    push.answer();
    push.answer('200 OK', ['Session: 1']);
    push.answer('200 OK', ['Session: 1']);
    push.answer();
    expect(lines(push)).toEqual([
      'OPTIONS rtsp://h/live/a?token=x',
      'ANNOUNCE rtsp://h/live/a?token=x',
      'SETUP rtsp://h/live/a?token=x/trackID=0',
      'SETUP rtsp://h/live/a?token=x/trackID=1',
      'RECORD rtsp://h/live/a?token=x',
    ]);
    expect(push.sent[1]).toMatchObject({ body: SDP, headers: { 'Content-Type': 'application/sdp', 'Content-Length': String(SDP.length) } });
    expect(push.sent[2]?.headers.Transport).toBe('RTP/AVP/TCP;unicast;interleaved=0-1;mode=record');
    expect(push.log).toEqual(['described ours', 'set up 0 0-1', 'set up 1 2-3', 'ready', 'started']);
  });
});

describe('credentials', () => {
  const url = 'rtsp://user:secret@h/live/a';
  const MD5 = 'WWW-Authenticate: Digest realm="r", nonce="n1"';

  it('are never in a request line, and in no header before they are asked for', () => {
    const pull = client(url);
    expect(JSON.stringify(pull.sent)).not.toMatch(/secret|user:|Authorization/);
    pull.answer('401 Unauthorized', [MD5]);
    expect(JSON.stringify(pull.sent)).not.toContain('secret');
  });

  it('are digested with MD5 as RFC 2069 has it', () => {
    const pull = client(url);
    pull.answer('401 Unauthorized', [MD5]);
    const uri = 'rtsp://h/live/a';
    const response = digestResponse({ hash, username: 'user', realm: 'r', password: 'secret', method: 'OPTIONS', uri, nonce: 'n1' });
    expect(parseDigestCredentials(pull.last().headers.Authorization ?? '')).toMatchObject({ username: 'user', nonce: 'n1', uri, response });
    // Once asked for they come with everything, for its own method and URL.
    pull.answer();
    expect(verifyDigest({ hash, credentials: parseDigestCredentials(pull.last().headers.Authorization ?? ''), method: 'DESCRIBE', password: 'secret' })).toBe(
      true,
    );
  });

  it('take the strongest way, count with qop, and begin anew with a new nonce', () => {
    const pull = client(url);
    pull.answer('401 Unauthorized', [
      'WWW-Authenticate: Basic realm="r"',
      MD5,
      'WWW-Authenticate: Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth"',
    ]);
    const credentials = () => parseDigestCredentials(pull.last().headers.Authorization ?? '');
    expect(credentials()).toMatchObject({ algorithm: 'SHA-256', qop: 'auth', nc: '00000001', cnonce: 'c0ffee' });
    pull.answer();
    expect(credentials()).toMatchObject({ nc: '00000002' });
    expect(verifyDigest({ hash, credentials: credentials(), method: 'DESCRIBE', password: 'secret' })).toBe(true);
    pull.answer('401 Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="n3", algorithm=SHA-256, qop="auth", stale=true']);
    expect(credentials()).toMatchObject({ nonce: 'n3', nc: '00000001' });
  });

  it('are asked for again where a nonce grew old and nobody says so', () => {
    const pull = client(url);
    pull.answer('401 Unauthorized', [MD5]);
    pull.answer();
    pull.answer('401 Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="n2"']);
    expect(parseDigestCredentials(pull.last().headers.Authorization ?? '')).toMatchObject({ nonce: 'n2' });
    pull.answer('200 OK', [], SDP);
    expect(pull.last().line).toContain('SETUP');
  });

  it('are told as Basic where nothing better is offered, also behind what is not known', () => {
    const pull = client(url);
    pull.answer('401 Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512, Basic realm="r"']);
    expect(pull.last().headers.Authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });

  it.each([
    ['wrong ones', url, MD5],
    ['wrong ones, asked for with a new nonce each time', url, 'WWW-Authenticate: Digest realm="r", nonce="n9"'],
    ['wrong Basic ones', url, 'WWW-Authenticate: Basic realm="r"'],
  ])('end it: %s', (_name, from, challenge) => {
    const pull = client(from);
    pull.answer('401 Unauthorized', [challenge === MD5 ? MD5 : challenge.replace('n9', 'n1')]);
    expect(() => pull.answer('401 Unauthorized', [challenge])).toThrow(expect.objectContaining({ code: 'ERR_RTSP_AUTH' }));
    expect(pull.sent).toHaveLength(2);
  });

  it.each([
    ['none', 'rtsp://h/live/a', MD5],
    ['none that is understood', url, 'WWW-Authenticate: Digest nonce=""'],
    ['no challenge', url, 'X: y'],
  ])('end it at once: %s', (_name, from, challenge) => {
    const pull = client(from);
    expect(() => pull.answer('401 Unauthorized', [challenge])).toThrow(expect.objectContaining({ code: 'ERR_RTSP_AUTH' }));
  });
});

describe('what cameras write', () => {
  // Of the tests of bluenviron/gortsplib (MIT).
  it.each([
    ['Basic realm="4419b63f5e51"', /^Basic /],
    [
      'Digest realm="4419b63f5e51",nonce="133767111917411116111311118211673010032",  stale="FALSE"',
      /^Digest .*nonce="133767111917411116111311118211673010032"/,
    ],
    ['Digest realm="Please log in with a valid username",nonce="752a62306daf32b401a41004555c7663",opaque="",stale=FALSE', /^Digest .*opaque=""/],
    ['Digest realm="IP Camera(AB705)", nonce="fcc86deace979a488b2bfb89f4d0812c", algorithm="SHA-256", stale="FALSE"', /^Digest .*algorithm=SHA-256/],
  ])('challenge %s', (challenge, answer) => {
    const pull = client('rtsp://user:secret@h/live/a');
    pull.answer('401 Unauthorized', [`WWW-Authenticate: ${challenge}`]);
    expect(pull.last().headers.Authorization).toMatch(answer);
  });

  it.each([
    ['A3eqwsafq3rFASqew', 'A3eqwsafq3rFASqew', 30_000],
    ['A3eqwsafq3rFASqew;timeout=47', 'A3eqwsafq3rFASqew', 23_500],
    ['A3eqwsafq3rFASqew; timeout=47', 'A3eqwsafq3rFASqew', 23_500],
    ['A3eqwsafq3rFASqew;timeout="20"', 'A3eqwsafq3rFASqew', 10_000],
    ['A3eqwsafq3rFASqew;timeout=0', 'A3eqwsafq3rFASqew', 30_000],
    ['A3eqwsafq3rFASqew;timeout=1', 'A3eqwsafq3rFASqew', 1000],
    [';timeout', undefined, 30_000],
  ])('session %s', (session, id, keepAliveMs) => {
    const pull = client();
    pull.answer();
    pull.answer('200 OK', [], SDP);
    pull.answer('200 OK', [`Session: ${session}`]);
    expect(pull.last().headers.Session).toBe(id);
    expect(pull.session.keepAliveMs).toBe(keepAliveMs);
  });

  it('answer without a reason, or with LF alone', () => {
    const pull = client();
    pull.reader.push(Buffer.from('RTSP/1.0 200 \r\n\r\n'));
    pull.reader.push(Buffer.from(`RTSP/1.0 200 OK\nContent-Length: ${SDP.length}\n\n${SDP}`));
    expect(pull.last().line).toContain('SETUP');
  });
});

it('understands a whole dialogue cut at every byte', () => {
  const bytes = Buffer.concat([
    Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: GET_PARAMETER\r\n\r\n'),
    Buffer.from(`RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`),
    Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1;timeout=10\r\nTransport: RTP/AVP/TCP;interleaved=4-5\r\n\r\n'),
    Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n'),
    Buffer.from([0x24, 4, 0, 3, 1, 2, 3]),
    Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n'),
    Buffer.from([0x24, 2, 0, 1, 9]),
  ]);
  const expected = ['described 2', 'set up 0 4-5', 'set up 1 2-3', 'ready', '$4 3', 'started', '$2 1'];
  for (let cut = 0; cut <= bytes.length; cut++) {
    const pull = client();
    pull.reader.push(bytes.subarray(0, cut));
    pull.reader.push(bytes.subarray(cut));
    expect(pull.log).toEqual(expected);
  }
  const pull = client();
  for (const byte of bytes) pull.reader.push(Buffer.from([byte]));
  expect(pull.log).toEqual(expected);
});
