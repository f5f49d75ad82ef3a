import { SluiceError } from '@sluice/core';
import { type Amf0Value, parseAmf0, serializeAmf0 } from '@sluice/plugin-format-flv';
import fc from 'fast-check';
import {
  ClientHandshake,
  parseRtmpUrl,
  RtmpClientSession,
  type RtmpMessage,
  RtmpServerSession,
  RtmpType,
  type StreamRequest,
  serializeMessage,
} from '../src/index.js';
import { answerHandshake, verifyClientDigest } from '../src/proto/handshake.js';
import { readMessages, tools } from './support.js';

const target = parseRtmpUrl('rtmp://host/live/cam?token=x', { receiveTimeoutSeconds: '90' });

/** A client that notes what happens. */
class Client {
  readonly out: Buffer[] = [];
  readonly streams: number[] = [];
  readonly media: [type: number, timestampMs: number][] = [];
  readonly session: RtmpClientSession;

  constructor(purpose: 'publish' | 'play' = 'publish') {
    this.session = new RtmpClientSession({
      purpose,
      tools,
      target,
      fourCcs: ['hvc1'],
      handler: {
        send: (bytes) => this.out.push(bytes),
        started: (id) => this.streams.push(id),
        media: (type, timestampMs) => this.media.push([type, timestampMs]),
      },
    });
    this.session.start();
  }
  get c1(): Buffer {
    return Buffer.concat(this.out).subarray(1, 1537);
  }
  feed(bytes: Buffer, step = bytes.length): this {
    for (let at = 0; at < bytes.length; at += step) this.session.receive(bytes.subarray(at, at + step));
    return this;
  }
  /** What was sent after C2. */
  sent(): RtmpMessage[] {
    return readMessages(Buffer.concat(this.out).subarray(3073));
  }
  commands(): Amf0Value[][] {
    return this.sent()
      .filter(({ type }) => type === RtmpType.command)
      .map(({ body }) => parseAmf0(body));
  }
}

const reply = (...values: Amf0Value[]) => serializeMessage(3, RtmpType.command, 0, 0, serializeAmf0(...values), 128);
const status = (code: string, level = 'status', description = 'why') => reply('onStatus', 0, null, { level, code, description });
const connected = reply('_result', 1, { fmsVer: 'x' }, { level: 'status', code: 'NetConnection.Connect.Success' });
const created = reply('_result', 4, null, 7);
const codeOf = (run: () => unknown): [string, string] => {
  try {
    run();
    return ['none', ''];
  } catch (error) {
    return error instanceof SluiceError ? [error.code, error.message] : ['no SluiceError', String(error)];
  }
};

describe('RTMP URL', () => {
  it.each([
    ['rtmp://h/live/a', { host: 'h', port: 1935, secure: false, app: 'live', name: 'a', tcUrl: 'rtmp://h/live', query: {} }],
    ['rtmp://h:1936/gb/x/y?a=1&b=%20', { port: 1936, app: 'gb/x', name: 'y?a=1&b=%20', tcUrl: 'rtmp://h:1936/gb/x', query: { a: '1', b: ' ' } }],
    ['rtmps://h.example/live/a', { port: 443, secure: true, tcUrl: 'rtmps://h.example/live' }],
    ['RTMP://[::1]:5/live/a', { host: '::1', port: 5, tcUrl: 'rtmp://[::1]:5/live' }],
    ['rtmp://u:p@ss@h:1936/live/a?t=1', { host: 'h', port: 1936, app: 'live', name: 'a?t=1', tcUrl: 'rtmp://h:1936/live', query: { t: '1' } }],
    ['rtmp://h/live?key=x/cam', { app: 'live?key=x', name: 'cam', tcUrl: 'rtmp://h/live?key=x', query: {} }],
  ])('reads %s', (url, expected) => {
    expect(parseRtmpUrl(url)).toMatchObject(expected);
  });

  it('adds to the query what is not there', () => {
    expect(parseRtmpUrl('rtmp://h/live/a', { n: '1' }).name).toBe('a?n=1');
    expect(parseRtmpUrl('rtmp://h/live/a?n=2', { n: '1', m: 'é' })).toMatchObject({ name: 'a?n=2&m=%C3%A9', query: { n: '2', m: 'é' } });
  });

  it.each([
    'http://h/live/a',
    'rtmp://h',
    'rtmp://h/live',
    'rtmp:///live/a',
    'rtmp://u:p@/live/a',
    'rtmp://h:0/live/a',
    'rtmp://h:99999/live/a',
    'rtmp://h x/l/a',
    '',
  ])('refuses %p', (url) => {
    expect(codeOf(() => parseRtmpUrl(url))[0]).toBe('ERR_RTMP_URL');
  });
});

describe('client handshake', () => {
  it('signs C1 and C2 where the server knows digests, cut anywhere', () => {
    for (const step of [1, 1536, 1537, 1538, 3073, 5000]) {
      const out: Buffer[] = [];
      const client = new ClientHandshake(tools, (bytes) => out.push(bytes));
      client.start();
      const c1 = Buffer.concat(out).subarray(1);
      expect(verifyClientDigest(c1, tools)?.schema).toBe(0);
      const answer = Buffer.concat([answerHandshake(c1, tools), Buffer.from('more')]);
      let rest: Buffer | undefined;
      for (let at = 0; at < answer.length; at += step) {
        const piece = answer.subarray(at, at + step);
        if (rest === undefined) rest = client.receive(piece);
        else rest = Buffer.concat([rest, piece]);
      }
      expect(rest?.toString()).toBe('more');
      expect(out[1]?.length).toBe(1536);
      expect(out[1]?.equals(answer.subarray(1, 1537))).toBe(false);
    }
  });

  it('echoes S1 of a simple server', () => {
    const out: Buffer[] = [];
    const client = new ClientHandshake(tools, (bytes) => out.push(bytes));
    client.start();
    const s1 = Buffer.alloc(1536, 9).fill(0, 0, 8);
    expect(client.receive(Buffer.concat([Buffer.of(3), s1]))).toBeUndefined();
    expect(out[1]?.equals(s1)).toBe(true);
    expect(client.receive(Buffer.alloc(1536))?.length).toBe(0);
  });

  it('refuses what is not RTMP', () => {
    expect(codeOf(() => new Client().feed(Buffer.from('HTTP/1.1 400 Bad Request')))[0]).toBe('ERR_RTMP_VERSION');
  });
});

describe('client session', () => {
  it('publishes, step by step, cut anywhere, on the stream it is given', () => {
    for (const step of [1, 2, 7, 128, 1000, 10_000]) {
      const client = new Client();
      client.feed(Buffer.concat([answerHandshake(client.c1, tools), connected, created, status('NetStream.Publish.Start')]), step);
      expect(client.streams).toEqual([7]);
      expect(client.session.phase).toBe('running');
      const name = 'cam?token=x&receiveTimeoutSeconds=90';
      expect(client.commands()).toMatchObject([
        ['connect', 1, { app: 'live', tcUrl: 'rtmp://host/live', fourCcList: ['hvc1'], type: 'nonprivate' }],
        ['releaseStream', 2, null, name],
        ['FCPublish', 3, null, name],
        ['createStream', 4, null],
        ['publish', 5, null, name, 'live'],
      ]);
      expect(client.sent().find(({ body }) => body.includes('publish'))).toMatchObject({ streamId: 7 });
      expect(
        client
          .sent()
          .filter(({ type }) => type === RtmpType.setChunkSize)[0]
          ?.body.readUInt32BE(),
      ).toBe(65536);
      client.session.finish();
      expect(client.commands().slice(5)).toEqual([
        ['FCUnpublish', 6, null, name],
        ['deleteStream', 7, null, 7],
      ]);
    }
  });

  const started = [connected, created, status('NetStream.Play.Reset'), status('NetStream.Play.Start')];
  const video = serializeMessage(6, RtmpType.video, 7, 40, Buffer.of(0x17, 1, 0, 0, 0), 128);
  const eof = serializeMessage(2, RtmpType.userControl, 0, 0, Buffer.from('000100000007', 'hex'), 128);

  it('plays, step by step, cut anywhere', () => {
    for (const step of [1, 7, 128, 10_000]) {
      const client = new Client('play');
      client.feed(Buffer.concat([answerHandshake(client.c1, tools), ...started, video]), step);
      expect([client.streams, client.media]).toEqual([[7], [[RtmpType.video, 40]]]);
      expect(client.commands()).toMatchObject([
        ['connect', 1, { app: 'live', tcUrl: 'rtmp://host/live', fourCcList: ['hvc1'] }],
        ['createStream', 4, null],
        ['play', 5, null, 'cam?token=x&receiveTimeoutSeconds=90', -2000],
      ]);
      expect(codeOf(() => client.feed(eof))[0]).toBe('ERR_RTMP_CLOSED');
      client.session.finish();
      expect(client.commands().slice(3)).toEqual([['deleteStream', 7, null, 7]]);
    }
  });

  it('takes media for the word that it begins', () => {
    const client = new Client('play');
    client.feed(Buffer.concat([answerHandshake(client.c1, tools), connected, created, video]));
    expect([client.streams, client.media.length]).toEqual([[7], 1]);
  });

  it.each([
    ['NetStream.Play.StreamNotFound', 'error', [connected, created], 'ERR_RTMP_NOT_FOUND'],
    ['NetStream.Play.StreamNotFound', 'status', [connected, created], 'ERR_RTMP_NOT_FOUND'],
    ['NetStream.Play.Failed', 'error', [connected, created], 'ERR_RTMP_REFUSED'],
    ['NetStream.Play.UnpublishNotify', 'status', started, 'ERR_RTMP_CLOSED'],
    ['NetStream.Play.Stop', 'status', started, 'ERR_RTMP_CLOSED'],
  ])('a player ends at %s of level %s', (code, level, before, expected) => {
    const client = new Client('play');
    client.feed(Buffer.concat([answerHandshake(client.c1, tools), ...before]));
    expect(codeOf(() => client.feed(status(code, level)))[0]).toBe(expected);
  });

  it('is understood by the server session, and understands it', () => {
    const client = new Client();
    let asked: StreamRequest | undefined;
    const server = new RtmpServerSession({
      tools,
      handler: {
        send: (bytes) => client.feed(bytes, 100),
        handshaken: () => {},
        publish: (request) => {
          asked = request;
        },
        play: () => {},
        media: () => {},
        stopped: () => {},
      },
    });
    let given = 0;
    const pump = () => {
      for (; given < client.out.length; given++) server.receive(client.out[given] as Buffer);
    };
    pump();
    server.acceptPublish();
    expect(asked).toMatchObject({ path: 'live/cam', query: { token: 'x', receiveTimeoutSeconds: '90' } });
    expect(client.streams).toEqual([1]);
  });

  it('answers pings, acknowledges, and does not mind what it does not know', () => {
    const client = new Client();
    const ping = serializeMessage(2, RtmpType.userControl, 0, 0, Buffer.from('000600000007', 'hex'), 128);
    const window = serializeMessage(2, RtmpType.windowAckSize, 0, 0, Buffer.from('00000064', 'hex'), 128);
    const others = Buffer.concat([
      reply('onBWDone', 0, null),
      reply('_error', 2, null, { code: 'x' }),
      reply('_error', 3, null, { code: 'x' }),
      reply('_result', 2, null),
    ]);
    client.feed(Buffer.concat([answerHandshake(client.c1, tools), window, connected, ping, others, created, status('NetStream.Publish.Start')]));
    expect(client.streams).toEqual([7]);
    expect(
      client
        .sent()
        .find(({ type }) => type === RtmpType.userControl)
        ?.body.toString('hex'),
    ).toBe('000700000007');
    expect(client.sent().some(({ type }) => type === RtmpType.acknowledgement)).toBe(true);
  });

  it.each<[string, Buffer[], string, RegExp]>([
    [
      'a connect that is refused',
      [reply('_error', 1, null, { level: 'error', code: 'NetConnection.Connect.Rejected', description: 'no such\r\napp' })],
      'ERR_RTMP_REFUSED',
      /Rejected: no such app$/,
    ],
    [
      'a redirect',
      [reply('_error', 1, null, { code: 'NetConnection.Connect.Rejected', ex: { code: 302, redirect: 'rtmp://b/live' } })],
      'ERR_RTMP_REFUSED',
      /go to rtmp:\/\/b\/live/,
    ],
    ['no stream', [connected, reply('_result', 4, null)], 'ERR_RTMP_COMMAND', /without a stream/],
    [
      'a name that is taken',
      [connected, created, status('NetStream.Publish.BadName', 'error', 'Already publishing')],
      'ERR_RTMP_REFUSED',
      /^NetStream.Publish.BadName: Already publishing$/,
    ],
    ['a refusal of level status', [connected, created, status('NetStream.Publish.Denied')], 'ERR_RTMP_REFUSED', /Denied/],
    ['an end by the server', [connected, created, status('NetStream.Publish.Start'), status('NetStream.Unpublish.Success')], 'ERR_RTMP_CLOSED', /Unpublish/],
    ['close', [connected, reply('close', 0, null)], 'ERR_RTMP_CLOSED', /closes/],
    ['a chunk size of nought', [serializeMessage(2, RtmpType.setChunkSize, 0, 0, Buffer.alloc(4), 128)], 'ERR_RTMP_CHUNK_SIZE', /./],
  ])('ends at %s', (_name, messages, code, message) => {
    const client = new Client();
    client.feed(answerHandshake(client.c1, tools));
    const [found, text] = codeOf(() => client.feed(Buffer.concat(messages)));
    expect(found).toBe(code);
    expect(text).toMatch(message);
  });

  it('survives mutations', () => {
    const good = (client: Client) => Buffer.concat([answerHandshake(client.c1, tools), connected, created, status('NetStream.Publish.Start')]);
    const size = good(new Client()).length;
    const change = fc.tuple(fc.integer({ min: 3073, max: size - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 2000 }), (changes, step) => {
        const client = new Client();
        const bytes = good(client);
        for (const [at, value] of changes) bytes[at] = value;
        expect(codeOf(() => client.feed(bytes, step))[0]).not.toBe('no SluiceError');
      }),
      { numRuns: 400, seed: 3 },
    );
  });
});
