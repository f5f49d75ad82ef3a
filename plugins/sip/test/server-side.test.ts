import { header, type IncomingRequest, type SipMessage, sipConfig, tagOf } from '../src/index.js';
import { Dialogs } from '../src/net/dialogs.js';
import { ServerSide } from '../src/net/server-side.js';
import type { Wire } from '../src/net/wire.js';
import { parseDatagram } from '../src/proto/parse.js';
import { fakeClock, openFake, request, settle } from './support.js';

const statusOf = (message: SipMessage | undefined) => (message?.kind === 'response' ? message.status : undefined);

describe('a request', () => {
  it('is answered to where it came from, whatever its Via says', async () => {
    const fake = await openFake({ onRequest: (incoming) => incoming.respond(401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n"']] }) });
    fake.receive(request('REGISTER'), '198.51.100.7:33000');
    const [sent] = fake.sent;
    expect(sent?.to).toBe('198.51.100.7:33000');
    expect(header(sent?.message as SipMessage, 'via')).toBe('SIP/2.0/UDP 10.0.0.9:5060;rport=33000;branch=z9hG4bK1;received=198.51.100.7');
    expect(header(sent?.message as SipMessage, 'www-authenticate')).toBe('Digest realm="r", nonce="n"');
    expect(tagOf(header(sent?.message as SipMessage, 'to') ?? '')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is handed over with what identifies it', async () => {
    const seen: IncomingRequest[] = [];
    const fake = await openFake({ onRequest: (incoming) => void seen.push(incoming) });
    fake.receive(request('MESSAGE', { body: '<x/>' }));
    expect(seen[0]).toMatchObject({
      from: '34020000001320000001',
      to: '34020000002000000001',
      callId: '1217812750',
      source: { transport: 'udp', address: '198.51.100.7', port: 5060 },
    });
    expect(seen[0]?.request.body.toString()).toBe('<x/>');
  });

  it('is worked on once and its answer repeated byte for byte', async () => {
    let count = 0;
    const fake = await openFake({ onRequest: (incoming) => incoming.respond(200, { headers: [['x-count', String(++count)]] }) });
    for (let repeat = 0; repeat < 3; repeat++) fake.receive(request('MESSAGE'));
    expect([count, fake.sent.length]).toEqual([1, 3]);
    expect(fake.sent.every(({ bytes }) => bytes.equals(fake.sent[0]?.bytes ?? Buffer.alloc(0)))).toBe(true);
    fake.receive(request('MESSAGE', { branch: 'z9hG4bK2', cseq: 21 }));
    expect(count).toBe(2);
    fake.clock.advance(33_100);
    fake.receive(request('MESSAGE'));
    expect(count).toBe(3);
  });

  it('is another one where only Call-ID and CSeq tell, and the same where the branch has no cookie', async () => {
    let count = 0;
    const fake = await openFake({
      onRequest: (incoming) => {
        count++;
        incoming.respond(200);
      },
    });
    fake.receive(request('MESSAGE', { branch: '77' }));
    fake.receive(request('MESSAGE', { branch: '77' }));
    fake.receive(request('MESSAGE', { branch: '77', callId: '2' }));
    expect(count).toBe(2);
  });

  it('is silent while it waits and 500 when nobody answers', async () => {
    const fake = await openFake({ onRequest: () => undefined });
    fake.receive(request('MESSAGE'));
    fake.receive(request('MESSAGE'));
    expect(fake.sent).toEqual([]);
    fake.clock.advance(11_000);
    expect(statusOf(fake.last()?.message)).toBe(500);
    expect(fake.sent).toHaveLength(1);
  });

  it('is 500 when its handler throws', async () => {
    const fake = await openFake({
      onRequest: () => {
        throw new Error('boom');
      },
    });
    fake.receive(request('MESSAGE'));
    expect(statusOf(fake.last()?.message)).toBe(500);
  });

  it('is answered only once', async () => {
    const fake = await openFake({
      onRequest: (incoming) => {
        incoming.respond(403);
        incoming.respond(200);
      },
    });
    fake.receive(request('MESSAGE'));
    expect(fake.sent.map(({ message }) => statusOf(message))).toEqual([403]);
  });

  it.each([
    ['BYE', 481],
    ['INFO', 481],
    ['CANCEL', 481],
    ['OPTIONS', 200],
  ])('%s that belongs to nothing is answered %i', async (method, status) => {
    const fake = await openFake({ onRequest: () => undefined });
    fake.receive(request(method));
    expect(fake.sent.map(({ message }) => statusOf(message))).toEqual([status]);
  });

  it('that is an ACK or junk is not answered', async () => {
    const fake = await openFake();
    for (const text of [request('ACK'), 'jaK\0', '\r\n', '\0', 'rubbish\r\n\r\n', 'INVITE sip:x\r\n\r\n']) fake.receive(text);
    expect(fake.sent).toEqual([]);
    expect(Object.fromEntries(fake.counted)).toEqual({ ERR_SIP_MALFORMED: 2 });
  });

  it('that cannot be taken is refused without its handler', async () => {
    const fake = await openFake();
    fake.receive(request('INVITE').replace('INVITE sip:34020000002000000001@', 'INVITE nobody:'));
    expect(statusOf(fake.last()?.message)).toBe(416);
  });

  it('beyond 64 unanswered ones of a peer is dropped, other peers are not', async () => {
    let count = 0;
    const fake = await openFake({ onRequest: () => void count++ });
    for (let index = 0; index < 100; index++) fake.receive(request('MESSAGE', { callId: String(index) }));
    expect(count).toBe(64);
    fake.receive(request('MESSAGE'), '198.51.100.8:5060');
    expect(count).toBe(65);
    fake.clock.advance(11_000);
    fake.receive(request('MESSAGE', { callId: 'new' }));
    expect(count).toBe(66);
  });

  it('of a stranger brings back no more than three times its bytes, of a friend all', async () => {
    const body = Buffer.alloc(5000, 'x');
    const answers = (admit: boolean) =>
      openFake({
        onRequest: (incoming) => {
          if (admit) incoming.admit();
          incoming.respond(200, { body });
        },
      });
    const [strange, known] = [await answers(false), await answers(true)];
    strange.receive(request('MESSAGE'));
    known.receive(request('MESSAGE'));
    expect(strange.sent).toEqual([]);
    expect(known.sent).toHaveLength(1);
  });

  it('is remembered within bounds', async () => {
    const fake = await openFake({}, { maxTransactions: 50 });
    for (let index = 0; index < 200; index++) fake.receive(request('MESSAGE', { callId: String(index) }));
    expect(fake.sent).toHaveLength(200);
    fake.receive(request('MESSAGE', { callId: '199' }));
    expect(fake.sent).toHaveLength(201);
  });
});

describe('what is kept of requests', () => {
  const MIB = 1024 * 1024;
  const runtime = () => {
    const clock = fakeClock();
    const quiet = () => undefined;
    return { clock, transport: undefined as never, log: { debug: quiet, warn: quiet } as never, count: quiet };
  };
  /** A server side on a wire that goes nowhere. */
  const open = (onRequest: (incoming: IncomingRequest) => void) => {
    const wire = { send: () => undefined, trace: () => undefined, admit: () => undefined } as unknown as Wire;
    const options = { name: 'sip', port: 0, id: 'x', domain: 'y', userAgent: 'z', onRequest };
    return new ServerSide({ wire, client: undefined as never, dialogs: new Dialogs(), userAgent: 'z' }, runtime(), sipConfig.parse({}), options);
  };
  const message = (index: number, bodyBytes: number) => {
    const parsed = parseDatagram(Buffer.from(request('MESSAGE', { callId: String(index) })));
    if (parsed?.kind !== 'request') throw new Error('no request');
    return { ...parsed, body: Buffer.alloc(bodyBytes) };
  };
  const udp = { transport: 'udp', address: '198.51.100.7', port: 5060 } as const;
  const tcp = { transport: 'tcp', address: '198.51.100.7', port: 5060, connection: 'sip-1' } as const;

  it('is the answer alone once there is one, and no more than 16 MiB of answers', () => {
    const server = open((incoming) => incoming.respond(200, { body: Buffer.alloc(10_000) }));
    for (let index = 0; index < 100; index++) server.onRequest(message(index, 60_000), udp, 60_400);
    expect(server.size).toBe(100);
    expect(server.bytes).toBeLessThan(100 * 10_500);
    for (let index = 0; index < 3000; index++) server.onRequest(message(index, 10), udp, 400);
    expect(server.bytes).toBeGreaterThan(15 * MIB);
    expect(server.bytes).toBeLessThanOrEqual(16 * MIB);
    expect(server.size).toBeLessThan(1700);
  });

  it('is nothing over TCP once it is answered', () => {
    const server = open((incoming) => incoming.respond(200));
    for (let index = 0; index < 100; index++) server.onRequest(message(index, MIB), tcp, MIB);
    expect([server.size, server.bytes]).toEqual([0, 0]);
  });

  it('is no more than 16 MiB of unanswered requests, and nothing of a connection that is gone', () => {
    let count = 0;
    const server = open(() => void count++);
    for (let index = 0; index < 60; index++) server.onRequest(message(index, MIB), tcp, MIB);
    expect([count, server.bytes]).toEqual([16, 16 * MIB]);
    server.onConnectionClosed('sip-1');
    expect([server.size, server.bytes]).toEqual([0, 0]);
    server.onRequest(message(99, MIB), tcp, MIB);
    expect(count).toBe(17);
  });
});

describe('an INVITE of a peer', () => {
  const invite = request('INVITE');
  const open = async () => {
    const seen: IncomingRequest[] = [];
    return { seen, fake: await openFake({ onRequest: (incoming) => void seen.push(incoming) }) };
  };

  it('is told to wait, and its answer repeated until the ACK', async () => {
    const { seen, fake } = await open();
    fake.receive(invite);
    expect(statusOf(fake.last()?.message)).toBe(100);
    seen[0]?.admit();
    seen[0]?.respond(486);
    fake.clock.advance(1600);
    expect(fake.sent.map(({ message }) => statusOf(message))).toEqual([100, 486, 486, 486]);
    fake.receive(request('ACK'));
    fake.clock.advance(60_000);
    expect(fake.sent).toHaveLength(4);
  });

  it('can be cancelled', async () => {
    const { seen, fake } = await open();
    fake.receive(invite);
    fake.receive(request('CANCEL'));
    expect(fake.sent.map(({ message }) => [statusOf(message), header(message, 'cseq')])).toEqual([
      [100, '20 INVITE'],
      [200, '20 CANCEL'],
      [487, '20 INVITE'],
    ]);
    seen[0]?.respond(200);
    expect(fake.sent).toHaveLength(3);
  });
});

describe('a TCP connection', () => {
  it('carries messages in pieces and answers on itself', async () => {
    const closed: string[] = [];
    const seen: IncomingRequest[] = [];
    const fake = await openFake({
      onRequest: (incoming) => {
        seen.push(incoming);
        incoming.admit();
        incoming.respond(200);
      },
    });
    fake.endpoint.onConnectionClosed((id) => closed.push(id));
    const tcp = fake.connect();
    const text = `\r\n\r\n${request('REGISTER')}jaK\0${request('MESSAGE', { body: '<x/>' })}`;
    for (const char of text) tcp.receive(char);
    expect(tcp.messages().map((message) => [statusOf(message), header(message, 'cseq')])).toEqual([
      [200, '20 REGISTER'],
      [200, '20 MESSAGE'],
    ]);
    expect([tcp.isAdmitted(), fake.sent.length]).toEqual([true, 0]);
    expect(seen[0]?.source).toMatchObject({ transport: 'tcp', address: '198.51.100.7', port: 40_000, connection: expect.any(String) });
    fake.clock.advance(3_600_000);
    expect(tcp.socket.destroyed).toBe(false);
    tcp.socket.destroy();
    await settle();
    expect(closed).toEqual([seen[0]?.source.connection]);
  });

  it.each([
    ['says nothing', ''],
    ['sends keepalives only', '\r\n\r\n'],
    ['sends half a message', request('MESSAGE').slice(0, 50)],
    ['announces a body and keeps it', request('MESSAGE').replace(/Length: +0/, 'Length: 1000')],
    ['sends half a message after a whole one', request('MESSAGE') + request('MESSAGE').slice(0, 50)],
  ])('is closed after 10 s when it %s', async (_, text) => {
    const fake = await openFake();
    const tcp = fake.connect();
    tcp.receive(text);
    fake.clock.advance(9_999);
    expect(tcp.socket.destroyed).toBe(false);
    fake.clock.advance(1);
    expect(tcp.socket.destroyed).toBe(true);
  });

  it.each([
    ['is no SIP', 'GET / HTTP/1.1\r\n\r\n'],
    ['has no end', 'x'.repeat(70_000)],
    ['has a bad length', request('MESSAGE').replace(/Length: +0/, 'Length: -1')],
    ['announces too much', request('MESSAGE').replace(/Length: +0/, 'Length: 2000000')],
  ])('is closed at once when what comes %s', async (_, text) => {
    const fake = await openFake();
    const tcp = fake.connect();
    tcp.receive(text);
    expect(tcp.socket.destroyed).toBe(true);
  });
});
