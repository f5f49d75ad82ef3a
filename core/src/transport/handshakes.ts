import type { Socket } from 'node:net';
import { formatAddress, plainAddress } from './address.js';
import { type Stranger, StrangerCaps } from './strangers.js';

/** Sockets in their TLS handshake, counted per address like strangers until it is done. */
export class Handshakes {
  readonly #caps: StrangerCaps;
  readonly #refuse: (socket: Socket, address: string) => void;
  /** By the peer's address and port: what is spoken has no other tie to the socket below it. */
  readonly #running = new Map<string, Stranger>();

  constructor(max: number, refuse: (socket: Socket, address: string) => void) {
    this.#caps = new StrangerCaps(max);
    this.#refuse = refuse;
  }

  /** A connection came. False where there are too many of its address: it was refused. */
  begin(raw: Socket): boolean {
    const address = plainAddress(raw.remoteAddress ?? '');
    const refuse = (): void => this.#refuse(raw, address);
    const stranger = this.#caps.enter(address, refuse);
    if (stranger === undefined) {
      refuse();
      return false;
    }
    const peer = peerOf(raw);
    this.#running.set(peer, stranger);
    raw.once('close', () => {
      stranger.leave();
      if (this.#running.get(peer) === stranger) this.#running.delete(peer);
    });
    return true;
  }

  /** Its handshake is done. */
  end(secure: Socket): void {
    this.#running.get(peerOf(secure))?.leave();
  }
}

function peerOf(socket: Socket): string {
  return formatAddress(socket.remoteAddress, socket.remotePort);
}
