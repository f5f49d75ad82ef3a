import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import sip, { type IncomingRequest, type SipEndpoint, type SipListenOptions, type SipTarget, sipService } from '../src/index.js';

// SIPp, a SIP client and server nobody here wrote.
const present = spawnSync('sipp', ['-v']).error === undefined;
const scenario = join(import.meta.dirname, 'scenarios/message.xml');

/** Runs SIPp and gives its exit code: 0 when every call went as its scenario says. */
function sipp(...args: string[]): { process: ChildProcess; done: Promise<number | null> } {
  const child = spawn('sipp', ['-i', '127.0.0.1', '-nostdin', ...args], { stdio: 'ignore' });
  return { process: child, done: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

describe('a live endpoint', () => {
  let engine: TestEngine;
  let endpoint: SipEndpoint;
  let onRequest: (incoming: IncomingRequest) => void = () => undefined;

  beforeAll(async () => {
    engine = await startTestEngine({ plugins: [sip] });
    const options: SipListenOptions = {
      name: 'live',
      port: 0,
      id: '34020000002000000001',
      domain: '3402000000',
      userAgent: 'Sluice',
      onRequest: (incoming) => onRequest(incoming),
    };
    const service = engine.service(sipService);
    if (service === undefined) throw new Error('no sip service');
    endpoint = await service.listen(options);
  });
  afterAll(async () => {
    await endpoint?.close();
    await engine?.dispose();
  });

  it('listens on UDP and TCP of one port', () => {
    expect(endpoint.port).toBeGreaterThan(0);
    expect(
      engine.addresses
        .filter(({ plugin }) => plugin === 'sip')
        .map(({ protocol, port }) => [protocol, port])
        .sort(),
    ).toEqual([
      ['tcp', endpoint.port],
      ['udp', endpoint.port],
    ]);
  });

  it('tells a peer the address it is reached at', async () => {
    expect(await endpoint.localAddressFor({ transport: 'udp', address: '127.0.0.1', port: 9 })).toBe(`127.0.0.1:${endpoint.port}`);
  });

  it('talks to itself over TCP, on the connection the peer made', async () => {
    const arrived = new Promise<SipTarget>((resolve) => {
      onRequest = (incoming) => {
        incoming.respond(200);
        resolve(incoming.source);
      };
    });
    const socket = connect(endpoint.port, '127.0.0.1');
    const received: string[] = [];
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      received.push(text);
      // A camera that answers our request on its own connection.
      const [, options] = text.split('OPTIONS sip:');
      if (options === undefined) return;
      const line = (name: string) => new RegExp(`^${name}: .*\r\n`, 'm').exec(options)?.[0] ?? '';
      socket.write(`SIP/2.0 200 OK\r\n${line('Via')}${line('From')}${line('To')}${line('Call-ID')}${line('CSeq')}Content-Length: 0\r\n\r\n`);
    });
    socket.write(
      'MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.9;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n',
    );
    const source = await arrived;
    const response = await endpoint.send({ method: 'OPTIONS', uri: 'sip:c@d', from: 'a@b', to: 'c@d' }, source);
    expect(response.status).toBe(200);
    expect(received[0]).toMatch(/^SIP\/2.0 200 OK/);
    const closed = new Promise<string>((resolve) => endpoint.onConnectionClosed(resolve));
    socket.destroy();
    expect(await closed).toBe(source.connection);
    await expect(endpoint.send({ method: 'OPTIONS', uri: 'sip:c@d', from: 'a@b', to: 'c@d' }, source)).rejects.toMatchObject({ code: 'ERR_SIP_UNREACHABLE' });
  });

  (present ? it : it.skip).each([
    ['UDP', 'u1'],
    ['TCP, one connection', 't1'],
    ['TCP, a connection each', 'tn'],
  ])(
    'answers 500 messages of SIPp over %s',
    async (_, transport) => {
      const calls = new Set<string>();
      onRequest = (incoming) => {
        calls.add(incoming.callId);
        incoming.respond(200);
      };
      const many = transport === 'tn' ? ['-max_socket', '50', '-l', '50'] : [];
      const { done } = sipp('-sf', scenario, '-t', transport, '-m', '500', '-r', '500', '-timeout', '20', ...many, `127.0.0.1:${endpoint.port}`);
      expect(await done).toBe(0);
      expect(calls.size).toBe(500);
    },
    30_000,
  );

  (present ? it : it.skip)(
    'calls SIPp and hangs up',
    async () => {
      const port = await freePort();
      const server = sipp('-sn', 'uas', '-p', String(port), '-m', '1', '-timeout', '20');
      // SIPp may not listen yet: the INVITE is sent again.
      const call = {
        method: 'INVITE',
        uri: `sip:service@127.0.0.1:${port}`,
        from: '34020000002000000001@3402000000',
        to: `service@127.0.0.1:${port}`,
        body: Buffer.from('v=0\r\n'),
      };
      const dialog = await endpoint.invite({ ...call, headers: [['Content-Type', 'application/sdp']] }, { transport: 'udp', address: '127.0.0.1', port });
      expect(dialog.answer.status).toBe(200);
      expect(dialog.answer.body.toString()).toContain('m=audio');
      await dialog.bye();
      expect(await dialog.ended).toBe('local');
      expect(await server.done).toBe(0);
    },
    30_000,
  );
});
