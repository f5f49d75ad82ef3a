import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { AcceptedConnection } from '@sluice/core';
import { AddressBook, LocalTransport } from '../src/transport/transport.js';

describe('a listener that shares reads', () => {
  let transport: LocalTransport;
  let errors: unknown[];
  const clients: Socket[] = [];

  beforeEach(() => {
    errors = [];
    transport = new LocalTransport('mine', '127.0.0.1', new AddressBook(), (error) => errors.push(error));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await transport.dispose();
  });

  /** A listener, and how to connect to it: both ends. */
  const listen = async (maxConnections = 10, maxUnadmittedPerAddress = 64) => {
    let arrived: (connection: AcceptedConnection) => void = () => {};
    const listener = await transport.listenTcp({ name: 'main', port: 0, sharedReads: true, maxConnections, maxUnadmittedPerAddress }, (connection) =>
      arrived(connection),
    );
    const pair = async (first = ''): Promise<{ client: Socket; connection: AcceptedConnection }> => {
      const accepted = new Promise<AcceptedConnection>((resolve) => {
        arrived = resolve;
      });
      const client = connect(listener.address.port, '127.0.0.1', () => client.write(first));
      clients.push(client);
      return { client, connection: await accepted };
    };
    return { listener, pair };
  };
  /** The text that came, copied as it must be; resolves when there is so much of it. */
  const reading = (connection: AcceptedConnection, length: number): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      connection.read((bytes) => {
        text += bytes.toString('latin1');
        if (text.length >= length) resolve(text);
      });
    });

  it('reads into one buffer, whoever sent', async () => {
    const { pair } = await listen();
    const buffers = new Set<ArrayBufferLike>();
    for (const text of ['one', 'two']) {
      const { client, connection } = await pair();
      const came = new Promise<string>((resolve) =>
        connection.read((bytes) => {
          buffers.add(bytes.buffer);
          resolve(bytes.toString());
        }),
      );
      client.write(text);
      expect(await came).toBe(text);
    }
    expect(buffers.size).toBe(1);
  });

  it('keeps what came before somebody reads, and waits while the socket is paused', async () => {
    const { pair } = await listen();
    const { client, connection } = await pair('early');
    const more = await pair();
    const early = reading(connection, 5);
    expect(await early).toBe('early');
    connection.socket.pause();
    const late = reading(connection, 4);
    connection.socket.pause();
    client.write('late');
    // What another connection sends after it arrives first.
    const other = reading(more.connection, 5);
    more.client.write('other');
    expect(await other).toBe('other');
    connection.socket.resume();
    expect(await late).toBe('late');
  });

  it('passes on large data whole, and answers', async () => {
    const { pair } = await listen();
    const { client, connection } = await pair();
    const sent = 'abcdefghij'.repeat(50_000);
    const came = reading(connection, sent.length);
    client.write(sent);
    expect((await came) === sent).toBe(true);
    connection.socket.write('thanks');
    expect(String((await once(client, 'data'))[0])).toBe('thanks');
    expect(connection.remote).toBe(`127.0.0.1:${client.localPort}`);
  });

  it('cuts strangers that are too many', async () => {
    const { pair, listener } = await listen(10, 1);
    const all = [await pair(), await pair(), await pair()];
    for (const { connection } of all) connection.read(() => {});
    all[0]?.connection.admit();
    await Promise.race(all.map(({ client, connection }) => Promise.all([once(client, 'close'), once(connection.socket, 'close')])));
    expect(listener.connections).toBe(2);
    expect(all.filter(({ client }) => client.closed).length).toBe(1);
    expect(String(errors[0])).toContain('127.0.0.1 has 1 connections that say nothing good');
  });

  it('tells of the end, counts what is open and keeps its cap', async () => {
    const { listener, pair } = await listen(2);
    const first = await pair();
    const second = await pair();
    for (const { connection } of [first, second]) connection.read(() => {});
    expect(listener.connections).toBe(2);
    const third = connect(listener.address.port, '127.0.0.1');
    clients.push(third);
    third.on('error', () => {});
    await once(third, 'close');
    const gone = once(first.connection.socket, 'close');
    first.client.end();
    await gone;
    expect(listener.connections).toBe(1);
    const cut = [once(second.client, 'close'), once(second.connection.socket, 'close')];
    second.connection.socket.destroy();
    await Promise.all(cut);
    expect(listener.connections).toBe(0);
    const { client } = await pair();
    const closed = once(client, 'close');
    await transport.dispose();
    await closed;
  });
});
