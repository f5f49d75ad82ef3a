import { Buffer } from 'node:buffer';
import type { HeaderList } from '@sluice/plugin-wire-text';
import type { RtspRequest } from '../src/proto/rtsp-message.js';
import { ServerSession } from '../src/proto/server-session.js';

const request = (method: string, headers: HeaderList = [['cseq', '1']], version = 'RTSP/1.0'): RtspRequest => ({
  kind: 'request',
  method,
  uri: 'rtsp://h/live/a',
  version,
  headers,
  body: Buffer.alloc(0),
});

/** A session in each state, and what each method is answered there; 0 goes on. */
const make = {
  init: () => new ServerSession(() => 'id'),
  ready: () => {
    const session = make.init();
    session.addSetUp({ medium: 0, transport: 'tcp' });
    return session;
  },
  playing: () => {
    const session = make.ready();
    session.running(true);
    return session;
  },
  announced: () => {
    const session = make.init();
    session.announced();
    return session;
  },
  'set up': () => {
    const session = make.announced();
    session.addSetUp({ medium: 0, transport: 'udp' });
    return session;
  },
  recording: () => {
    const session = make['set up']();
    session.running(true);
    return session;
  },
};

const METHODS = ['OPTIONS', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'RECORD', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER', 'REDIRECT'];
const TABLE: Readonly<Record<keyof typeof make, readonly number[]>> = {
  init: [0, 0, 0, 0, 455, 455, 455, 454, 0, 0, 501],
  ready: [0, 0, 455, 0, 0, 455, 455, 0, 0, 0, 501],
  playing: [0, 0, 455, 455, 0, 0, 455, 0, 0, 0, 501],
  announced: [0, 0, 455, 0, 455, 455, 455, 0, 0, 0, 501],
  'set up': [0, 0, 455, 0, 455, 455, 0, 0, 0, 0, 501],
  recording: [0, 0, 455, 455, 455, 0, 0, 0, 0, 0, 501],
};

function permutations(items: readonly string[]): string[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** What a connection tells its session once a request was done. */
function apply(session: ServerSession, method: string): void {
  if (method === 'ANNOUNCE') session.announced();
  else if (method === 'SETUP') session.addSetUp({ medium: 0, transport: 'tcp' });
  else if (method === 'PLAY' || method === 'RECORD') session.running(true);
  else if (method === 'PAUSE') session.running(false);
}

describe('ServerSession', () => {
  it.each(Object.keys(make) as (keyof typeof make)[])('answers every method when %s', (state) => {
    expect(METHODS.map((method) => make[state]().check(request(method)) ?? 0)).toEqual(TABLE[state]);
  });

  it('answers every order of requests, and is as new after TEARDOWN', () => {
    const orders = permutations(['DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'RECORD', 'PAUSE']);
    expect(orders).toHaveLength(720);
    for (const order of orders) {
      const session = make.init();
      for (const method of order) {
        const status = session.check(request(method));
        expect([undefined, 455]).toContain(status);
        if (status === undefined) apply(session, method);
      }
      session.reset();
      expect([session.state, session.id]).toEqual(['init', undefined]);
    }
  });

  it('wants the version, a CSeq, no options and its own id', () => {
    const session = make.ready();
    expect(session.check(request('PLAY', [['cseq', '1']], 'RTSP/2.0'))).toBe(505);
    expect(session.check(request('GET', [], 'HTTP/1.1'))).toBe(505);
    expect(session.check(request('PLAY', []))).toBe(400);
    expect(session.check(request('PLAY', [['cseq', 'x']]))).toBe(400);
    expect(
      session.check(
        request('PLAY', [
          ['cseq', '1'],
          ['require', 'implicit-play'],
        ]),
      ),
    ).toBe(551);
    expect(
      session.check(
        request('PLAY', [
          ['cseq', '1'],
          ['session', 'other'],
        ]),
      ),
    ).toBe(454);
    expect(
      session.check(
        request('PLAY', [
          ['cseq', '1'],
          ['session', 'id;timeout=60'],
        ]),
      ),
    ).toBeUndefined();
    expect(
      make.init().check(
        request('OPTIONS', [
          ['cseq', '1'],
          ['session', 'id'],
        ]),
      ),
    ).toBe(454);
  });

  it('sets up a medium once, and all the same way', () => {
    const session = make.ready();
    expect(session.checkSetUp({ medium: 0, transport: 'tcp' })).toBe(455);
    expect(session.checkSetUp({ medium: 1, transport: 'udp' })).toBe(461);
    expect(session.checkSetUp({ medium: 1, transport: 'tcp' })).toBeUndefined();
  });

  it('goes back to ready with PAUSE, and to the beginning with TEARDOWN', () => {
    const session = make.playing();
    session.running(false);
    expect([session.state, session.id]).toEqual(['ready', 'id']);
    const publisher = make.recording();
    publisher.running(false);
    expect(publisher.state).toBe('announced');
    session.reset();
    expect([session.state, session.id, session.setUps]).toEqual(['init', undefined, []]);
    expect(
      session.check(
        request('TEARDOWN', [
          ['cseq', '1'],
          ['session', 'id'],
        ]),
      ),
    ).toBe(454);
  });
});
