import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import {
  type AcceptedConnection,
  bindBoth,
  type CertificateSource,
  type FlowReceiver,
  formatAddress,
  MAX_FLOW_NOTE_BYTES,
  tcpFlow,
  udpFlow,
} from '@sluice/core';
import { AddressBook, LocalTransport } from '../src/transport/transport.js';
import { certificates } from './fixtures/certificates.js';

describe('the transport', () => {
  let book: AddressBook;
  let transport: LocalTransport;
  let errors: unknown[];
  const clients: Socket[] = [];

  beforeEach(() => {
    book = new AddressBook();
    errors = [];
    transport = new LocalTransport('mine', '127.0.0.1', book, (error) => errors.push(error));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await transport.dispose();
    expect(book.list()).toEqual([]);
  });

  const dial = (port: number, host = '127.0.0.1'): Socket => {
    const client = connect({ port, host });
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const listen = async (options: { maxUnadmittedPerAddress?: number; maxConnections?: number; sharedReads?: boolean; tls?: CertificateSource } = {}) => {
    const waiting: ((connection: AcceptedConnection) => void)[] = [];
    const arrived: AcceptedConnection[] = [];
    const listener = await transport.listenTcp({ name: 'main', port: 0, ...options }, (connection) => {
      const next = waiting.shift();
      if (next === undefined) arrived.push(connection);
      else next(connection);
    });
    const accept = (): Promise<AcceptedConnection> => {
      const there = arrived.shift();
      return there === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(there);
    };
    return { listener, accept, port: listener.address.port };
  };

  it('names plugin and port where the port is taken', async () => {
    const { port } = await listen();
    const other = new LocalTransport('other', '127.0.0.1', new AddressBook());
    const message = `plugin 'other' cannot listen on TCP port ${port} of 127.0.0.1: another program uses it`;
    await expect(other.listenTcp({ name: 'x', port }, () => {})).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE', plugin: 'other', message });
    await expect(other.listenTcp({ name: 'x', port: 0, host: '203.0.113.1' }, () => {})).rejects.toMatchObject({ code: 'ERR_LISTEN' });
    const udp = await transport.bindUdp({ name: 'u', port: 0 }, () => {});
    await expect(other.bindUdp({ name: 'u', port: udp.address.port }, () => {})).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
  });

  it('counts TLS handshakes like strangers, but only until they are done', async () => {
    const [certificate] = certificates;
    const { accept, port, listener } = await listen({ maxUnadmittedPerAddress: 2, tls: certificate });
    const secure = () => {
      const client = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      client.on('error', () => {});
      clients.push(client);
    };
    // Three that prove themselves at once, and three that say half a word.
    for (let i = 0; i < 3; i++) secure();
    for (let i = 0; i < 3; i++) (await accept()).admit();
    const half = Array.from({ length: 3 }, () => dial(port));
    for (const client of half) client.write(Buffer.from([0x16, 3, 1, 2]));
    await Promise.race(half.map((client) => once(client, 'close')));
    expect(errors).toMatchObject([{ code: 'ERR_CONNECTION_REFUSED', message: expect.stringContaining('2 TLS handshakes') }]);
    expect(listener.connections).toBe(3);
  });

  it('listens on IPv6 beside IPv4 on the same number, and frees the one where the other is taken', async () => {
    const wide = new LocalTransport('wide', undefined, new AddressBook());
    const seen: string[] = [];
    const listener = await wide.listenTcp({ name: 'x', port: 0 }, ({ remote }) => seen.push(remote));
    const { port } = listener.address;
    expect(listener.address).toMatchObject({ host: '0.0.0.0', name: 'x', plugin: 'wide', secure: false });
    await once(dial(port), 'connect');
    const six = dial(port, '::1');
    const [kind] = await Promise.race([once(six, 'connect').then(() => ['six']), once(six, 'close').then(() => ['none'])]);
    if (kind === 'six') {
      const blocker = new LocalTransport('blocker', '::', new AddressBook());
      await listener.close();
      const taken = await blocker.listenTcp({ name: 'x', port: 0 }, () => {});
      await expect(wide.listenTcp({ name: 'y', port: taken.address.port }, () => {})).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
      const free = new LocalTransport('free', '0.0.0.0', new AddressBook());
      const four = await free.listenTcp({ name: 'z', port: taken.address.port, host: '0.0.0.0' }, () => {});
      expect(four.address.port).toBe(taken.address.port);
      await Promise.all([blocker.dispose(), free.dispose()]);
    }
    await wide.dispose();
    expect(seen[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each([false, true])('lets many of one address come at once, but keeps few that stay strangers (shared reads: %s)', async (sharedReads) => {
    const { accept, port, listener } = await listen({ maxUnadmittedPerAddress: 2, sharedReads });
    for (let i = 0; i < 5; i++) dial(port);
    const accepted = [await accept(), await accept(), await accept(), await accept(), await accept()];
    accepted[0]?.admit();
    accepted[0]?.admit();
    // Of the four strangers two are too many.
    await new Promise<void>((resolve) => {
      let cut = 0;
      for (const { socket } of accepted) socket.once('close', () => ++cut === 2 && resolve());
    });
    const refused = { code: 'ERR_CONNECTION_REFUSED', message: expect.stringContaining('127.0.0.1 has 2 connections') };
    expect(errors).toMatchObject([refused, refused]);
    expect(listener.connections).toBe(3);
    // While there are so many, the next has to say at once what it wants.
    const startedMs = performance.now();
    dial(port);
    dial(port);
    const [silent, good] = [await accept(), await accept()];
    good.admit();
    await once(silent.socket, 'close');
    expect(performance.now() - startedMs).toBeLessThan(900);
    expect(listener.connections).toBe(4);
  });

  it('bounds how many come at once', async () => {
    const { accept, port } = await listen({ maxUnadmittedPerAddress: 1 });
    for (let i = 0; i < 16; i++) {
      dial(port);
      await accept();
    }
    await once(dial(port), 'close');
  });

  it('caps connections altogether', async () => {
    const { accept, port } = await listen({ maxConnections: 1 });
    dial(port);
    await accept();
    await once(dial(port), 'close');
  });

  it('ends the connection whose handler throws, not the process', async () => {
    const listener = await transport.listenTcp({ name: 'main', port: 0 }, () => {
      throw new Error('broken');
    });
    await once(dial(listener.address.port), 'close');
    let heard: () => void = () => {};
    const second = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const udp = await transport.bindUdp({ name: 'u', port: 0 }, (bytes) => {
      if (bytes[0] === 1) throw new Error('bad datagram');
      heard();
    });
    udp.send(Buffer.from([1]), '127.0.0.1', udp.address.port);
    udp.send(Buffer.from([2]), '127.0.0.1', udp.address.port);
    await second;
    expect(errors.map(String)).toEqual(['Error: broken', 'Error: bad datagram']);
  });

  it('binds UDP and TCP on one free number', async () => {
    const both = await bindBoth(
      transport,
      { name: 'media', port: 0 },
      {},
      () => {},
      () => {},
    );
    expect(both.port).toBeGreaterThan(0);
    expect([both.listener.address.port, both.udp.address.port]).toEqual([both.port, both.port]);
    expect(book.list().map(({ name }) => name)).toEqual(['media/tcp', 'media/udp']);
    await expect(
      bindBoth(
        transport,
        { name: 'again', port: both.port },
        {},
        () => {},
        () => {},
      ),
    ).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
  });

  it('keeps UDP for farewells after it stopped accepting', async () => {
    const { port } = await listen();
    const udp = await transport.bindUdp({ name: 'u', port: 0 }, () => {});
    const peer = createSocket('udp4').unref();
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    await transport.closeListeners();
    await expect(once(dial(port), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const heard = once(peer, 'message');
    udp.send(Buffer.from('bye'), '127.0.0.1', peer.address().port);
    expect(String((await heard)[0])).toBe('bye');
    peer.close();
  });

  it('lets queued bytes go when it is disposed, then cuts, and opens nothing after', async () => {
    const { accept, port } = await listen();
    const client = dial(port);
    const { socket } = await accept();
    let received = 0;
    client.on('data', (bytes) => {
      received += bytes.length;
    });
    const size = 8 * 1024 * 1024;
    socket.write(Buffer.alloc(size));
    const ended = once(client, 'close');
    await transport.dispose(5000);
    await ended;
    expect(received).toBe(size);
    await expect(listen()).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    await expect(transport.connectTcp({ name: 'x', host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });

  it('cuts a connection that does not take its bytes', async () => {
    const { accept, port } = await listen();
    const client = dial(port);
    client.pause();
    const { socket } = await accept();
    socket.write(Buffer.alloc(32 * 1024 * 1024));
    await transport.dispose(20);
    expect(socket.destroyed).toBe(true);
  });

  it('connects out, and says where it could not', async () => {
    const { accept, port, listener } = await listen();
    const connection = await transport.connectTcp({ name: 'out', host: '127.0.0.1', port });
    const accepted = await accept();
    expect(accepted.remote).toBe(formatAddress('127.0.0.1', connection.socket.localPort));
    await listener.close();
    await expect(transport.connectTcp({ name: 'out', host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ERR_CONNECT', status: 502 });
    expect(await transport.localAddressFor('127.0.0.1')).toBe('127.0.0.1');
  });

  it.each(['localhost', '127.0.0.1', '2130706433'])('connects to no address of %s that does not pass', async (host) => {
    const { port, accept } = await listen();
    const asked: string[] = [];
    const target = { name: 'out', host, port };
    const refuse = (address: string) => asked.push(address) < 0;
    await expect(transport.connectTcp({ ...target, allow: refuse })).rejects.toMatchObject({ code: 'ERR_CONNECT_TARGET', status: 403 });
    expect(asked).toContain('127.0.0.1');
    const { socket } = await transport.connectTcp({ ...target, allow: (address) => address === '127.0.0.1' });
    await accept();
    expect(socket.remoteAddress).toBe('127.0.0.1');
  });

  describe('flows', () => {
    const recorder = () => {
      const log: string[] = [];
      let over: () => void = () => {};
      const closed = new Promise<void>((resolve) => {
        over = resolve;
      });
      const receiver: FlowReceiver = {
        receive: (bytes, offset) => {
          if (String(bytes) === 'bad') throw new Error('cannot parse');
          log.push(`${offset}:${bytes}`);
        },
        closed: ({ code }) => {
          log.push(code);
          over();
        },
      };
      return { log, closed, receiver };
    };

    it('carry a TCP connection with offsets, and end with it', async () => {
      const { accept, port } = await listen();
      const client = dial(port);
      const connection = await accept();
      const { log, closed, receiver } = recorder();
      const flow = tcpFlow(connection, receiver, () => 1);
      expect(flow.remote).toBe(connection.remote);
      flow.write(Buffer.from('hello'));
      expect(String((await once(client, 'data'))[0])).toBe('hello');
      client.end('0123456789');
      await closed;
      expect(log).toEqual(['0:0123456789', 'ended']);
      flow.close({ code: 'kicked' });
      expect(flow.write(Buffer.from('x'))).toBe(false);
      expect(log).toHaveLength(2);
    });

    it('end when what came cannot be understood', async () => {
      const { accept, port } = await listen();
      const client = dial(port);
      const { log, closed, receiver } = recorder();
      tcpFlow(await accept(), receiver, () => 1);
      client.write('bad');
      await Promise.all([closed, once(client, 'close')]);
      expect(log).toEqual(['protocol-error']);
    });

    it('carry one address of a UDP port; checkpoints are checked and else do nothing', async () => {
      const udp = await transport.bindUdp({ name: 'u', port: 0 }, () => {});
      const { log, receiver } = recorder();
      const flow = udpFlow(udp, '::1', 9, receiver);
      expect(flow.remote).toBe('[::1]:9');
      flow.receive(Buffer.from('abc'), flow.received, 1);
      flow.receive(Buffer.from('de'), flow.received, 2);
      flow.checkpoint(5, Buffer.alloc(MAX_FLOW_NOTE_BYTES));
      expect(() => flow.checkpoint(6, Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'ERR_FLOW_CHECKPOINT' }));
      expect(() => flow.checkpoint(5, Buffer.alloc(MAX_FLOW_NOTE_BYTES + 1))).toThrow(expect.objectContaining({ code: 'ERR_FLOW_CHECKPOINT' }));
      flow.close({ code: 'timeout' });
      flow.receive(Buffer.from('x'), 5, 3);
      expect(log).toEqual(['0:abc', '3:de', 'timeout']);
    });
  });
});
