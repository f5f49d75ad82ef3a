import { messageOf, SluiceError } from '../error.js';
import { type CloseReason, closeReason } from '../stream/close-reason.js';
import { formatAddress } from './address.js';
import type { AcceptedConnection, UdpPort } from './types.js';

/** Most bytes of a checkpoint's note. */
export const MAX_FLOW_NOTE_BYTES = 1024;

/**
 * What one camera sends: a TCP connection, or one remote address on a UDP port. The other end of a flow may be in another process, so
 * a parser on it must be able to begin again at its last checkpoint.
 */
export interface Flow {
  /** `address:port` of the peer. */
  readonly remote: string;
  /** Bytes that came. `offset` is that of the first of them, counted from the flow's beginning; `receivedAtMs` is monotonic. */
  receive(bytes: Buffer, offset: number, receivedAtMs: number): void;
  /** Sends bytes; false means full. */
  write(bytes: Buffer): boolean;
  /**
   * Says that all before `offset` was handed on, at a frame or message boundary. `note` (at most 1 KiB) is what a parser needs to go on
   * from there with the same frames. Throws `ERR_FLOW_CHECKPOINT` where the note is too long or the offset was not received yet.
   */
  checkpoint(offset: number, note: Uint8Array): void;
  /** Ends the flow; harmless when it is over. */
  close(reason: CloseReason): void;
}

/** Who takes what a flow brings. */
export interface FlowReceiver {
  receive(bytes: Buffer, offset: number, receivedAtMs: number): void;
  /** The flow is over, by the peer or by `Flow.close`. Called once. */
  closed(reason: CloseReason): void;
}

/** How a local flow sends and ends. */
interface FlowEnds {
  readonly remote: string;
  write(bytes: Buffer): boolean;
  end(): void;
}

/** A flow in this process: its bytes are not kept anywhere, so a checkpoint is only checked. */
class LocalFlow implements Flow {
  readonly #ends: FlowEnds;
  readonly #receiver: FlowReceiver;
  #received = 0;
  #closed = false;

  constructor(ends: FlowEnds, receiver: FlowReceiver) {
    this.#ends = ends;
    this.#receiver = receiver;
  }

  get remote(): string {
    return this.#ends.remote;
  }
  /** Bytes received so far: the offset of what comes next. */
  get received(): number {
    return this.#received;
  }

  receive(bytes: Buffer, offset: number, receivedAtMs: number): void {
    if (this.#closed) return;
    this.#received = offset + bytes.length;
    this.#receiver.receive(bytes, offset, receivedAtMs);
  }

  write(bytes: Buffer): boolean {
    return !this.#closed && this.#ends.write(bytes);
  }

  checkpoint(offset: number, note: Uint8Array): void {
    if (note.length > MAX_FLOW_NOTE_BYTES) throw new SluiceError('ERR_FLOW_CHECKPOINT', `a note of ${note.length} bytes is over ${MAX_FLOW_NOTE_BYTES}`);
    if (offset > this.#received) throw new SluiceError('ERR_FLOW_CHECKPOINT', `checkpoint at ${offset}, but only ${this.#received} bytes came`);
  }

  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ends.end();
    this.#receiver.closed(reason);
  }
}

/** The flow of a TCP connection. Feeds `receiver` from the socket; an exception of the receiver ends the flow, not the process. `now` is monotonic ms. */
export function tcpFlow(connection: AcceptedConnection, receiver: FlowReceiver, now: () => number): Flow {
  const { socket, remote } = connection;
  const flow = new LocalFlow({ remote, write: (bytes) => socket.write(bytes), end: () => socket.destroy() }, receiver);
  connection.read((bytes) => {
    try {
      flow.receive(bytes, flow.received, now());
    } catch (error) {
      flow.close(closeReason('protocol-error', messageOf(error)));
    }
  });
  let ended = false;
  socket.once('end', () => {
    ended = true;
  });
  socket.once('close', () => flow.close(closeReason(ended ? 'ended' : 'lost')));
  return flow;
}

/**
 * The flow of one remote address on a UDP port. Whoever owns the port gives it the datagrams of that address
 * (`flow.receive(bytes, flow.received, receivedAtMs)`): which addresses get a flow, and how many, is the owner's decision.
 */
export function udpFlow(port: UdpPort, address: string, remotePort: number, receiver: FlowReceiver): Flow & { readonly received: number } {
  const write = (bytes: Buffer): boolean => {
    port.send(bytes, address, remotePort);
    return true;
  };
  return new LocalFlow({ remote: formatAddress(address, remotePort), write, end: () => {} }, receiver);
}
