import { createCipheriv } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What happens to packets on the way: shares of 1. */
export interface Trouble {
  readonly drop?: number;
  /** Held until some later packets went by. */
  readonly reorder?: number;
  readonly duplicate?: number;
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Noise, the same for the same seed. */
export function noise(seed: number, length: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** A UDP relay that loses, reorders and repeats packets, and counts what it did. */
export class Relay implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #target: number;
  readonly #trouble: Trouble;
  readonly #random: () => number;
  /** Dropped since the last packet that was sent on: nobody can know of these yet. */
  #unseen = 0;
  #late: { readonly bytes: Buffer; left: number }[] = [];
  #forwarded = 0;
  received = 0;
  sent = 0;
  dropped = 0;
  reordered = 0;
  duplicated = 0;
  /** Told of each packet that is dropped. */
  onDrop: (bytes: Buffer) => void = () => {};

  private constructor(socket: Socket, target: number, trouble: Trouble, seed: number) {
    this.#socket = socket;
    this.#target = target;
    this.#trouble = trouble;
    this.#random = random(seed);
    socket.on('message', (bytes) => this.#take(bytes));
  }

  static async open(target: number, trouble: Trouble, seed = 1): Promise<Relay> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setRecvBufferSize(4 * 1024 * 1024);
    return new Relay(socket, target, trouble, seed);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #take(bytes: Buffer): void {
    this.received++;
    const { drop = 0, reorder = 0, duplicate = 0 } = this.#trouble;
    const [lost, late, twice] = [this.#random() < drop, this.#random() < reorder, this.#random() < duplicate];
    // The first one shows where the sequence begins.
    if (this.#forwarded > 0 && lost) {
      this.#unseen++;
      this.onDrop(bytes);
      return;
    }
    if (this.#forwarded > 0 && late) {
      this.#late.push({ bytes, left: 1 + Math.floor(this.#random() * 5) });
      return;
    }
    this.#forward(bytes);
    if (twice) {
      this.duplicated++;
      this.#send(bytes);
    }
    for (const entry of this.#late) if (--entry.left === 0) this.#sendLate(entry.bytes);
    this.#late = this.#late.filter(({ left }) => left > 0);
  }

  #forward(bytes: Buffer): void {
    this.#forwarded++;
    this.dropped += this.#unseen;
    this.#unseen = 0;
    this.#send(bytes);
  }

  #sendLate(bytes: Buffer): void {
    this.reordered++;
    this.#send(bytes);
  }

  /** Sends on what is still held. */
  finish(): void {
    for (const { bytes } of this.#late) this.#sendLate(bytes);
    this.#late = [];
  }

  #send(bytes: Buffer): void {
    this.sent++;
    this.#socket.send(bytes, this.#target, '127.0.0.1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
