import { type AcceptedConnection, type Cancel, type Clock, SluiceError, type Transport } from '@sluice/core';
import { frameRfc4571 } from '@sluice/plugin-format-rtp';
import type { MediaOffer } from '../proto/offer.js';

/** GB/T 28181-2022 annex D: three attempts at least, a second apart at least. */
const CONNECT_ATTEMPTS = 3;
const CONNECT_PAUSE_MS = 1000;
const CONNECT_WAIT_MS = 10_000;
/** More than this waiting in a socket holds the program. */
const MAX_UNSENT_BYTES = 1 << 20;

/** Where RTP packets go. */
export interface MediaOutput {
  /** Port that the answer says. */
  readonly port: number;
  /** Ready to send; over TCP once there is a connection. Rejects where there will be none. */
  open(): Promise<void>;
  /** Sends packets; resolves when more may be sent. */
  send(packets: readonly Buffer[]): Promise<void>;
  /** The platform closed the connection. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/** What outputs need. */
export interface OutputPlace {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Stable name of the ports. */
  readonly name: string;
}

/** Opens the output an offer asks for: UDP, TCP to the platform that listens, or TCP where we listen. */
export function openOutput(place: OutputPlace, offer: MediaOffer): Promise<MediaOutput> {
  if (offer.transport === 'udp') return openUdp(place, offer);
  return offer.setup === 'passive' ? Promise.resolve(connectingOutput(place, offer)) : listeningOutput(place);
}

async function openUdp({ transport, name }: OutputPlace, { host, port }: MediaOffer): Promise<MediaOutput> {
  // Receiver reports come back; nothing is made of them.
  const udp = await transport.bindUdp({ name, port: 0 }, () => undefined);
  return {
    port: udp.address.port,
    open: async () => undefined,
    send: async (packets) => {
      for (const packet of packets) udp.send(packet, host, port);
    },
    lost: new Promise(() => undefined),
    close: () => udp.close(),
  };
}

/** RFC 4145 4: we connect to the platform. The port in the answer is 9, that of nobody. */
function connectingOutput({ transport, clock, name }: OutputPlace, { host, port }: MediaOffer): MediaOutput {
  return tcpOutput(9, async (isClosed) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await transport.connectTcp({ name, host, port, timeoutMs: CONNECT_WAIT_MS });
      } catch (error) {
        if (attempt >= CONNECT_ATTEMPTS || isClosed()) throw error;
        await new Promise<void>((resolve) => void clock.after(CONNECT_PAUSE_MS, resolve));
      }
    }
  });
}

async function listeningOutput({ transport, clock, name }: OutputPlace): Promise<MediaOutput> {
  let arrived: (connection: AcceptedConnection) => void = () => undefined;
  const arrival = new Promise<AcceptedConnection>((resolve) => {
    arrived = resolve;
  });
  let taken = false;
  const listener = await transport.listenTcp({ name, port: 0, maxConnections: 2 }, (connection) => {
    if (taken) connection.socket.destroy();
    taken = true;
    connection.admit();
    arrived(connection);
  });
  const output = tcpOutput(listener.address.port, async () => {
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(CONNECT_WAIT_MS, () => reject(new SluiceError('ERR_CONNECT', 'the platform did not connect')));
    });
    try {
      return await Promise.race([arrival, late]);
    } finally {
      cancel();
      await listener.close();
    }
  });
  return { ...output, close: async () => void (await Promise.all([output.close(), listener.close()])) };
}

function tcpOutput(port: number, connect: (isClosed: () => boolean) => Promise<AcceptedConnection>): MediaOutput {
  let connection: AcceptedConnection | undefined;
  let closed = false;
  let lose: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  return {
    port,
    lost,
    open: async () => {
      connection = await connect(() => closed);
      const { socket } = connection;
      socket.on('error', () => socket.destroy());
      socket.on('close', lose);
      // What comes back is RTCP; it is read so that the other end does not stand still.
      socket.resume();
      if (closed) socket.destroy();
    },
    send: (packets) => {
      const socket = connection?.socket;
      if (socket === undefined || !socket.writable) return Promise.resolve();
      socket.write(Buffer.concat(packets.map(frameRfc4571)));
      if (socket.writableLength <= MAX_UNSENT_BYTES) return Promise.resolve();
      return Promise.race([lost, new Promise<void>((resolve) => void socket.once('drain', resolve))]);
    },
    close: async () => {
      closed = true;
      connection?.socket.end();
      // Who does not read its end is not waited for.
      connection?.socket.destroySoon();
    },
  };
}
