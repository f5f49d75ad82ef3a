import { DueHeap } from './due-heap.js';

/** Something on its way to a receiver. */
export interface Message {
  /** Messages of one lane arrive in order. */
  readonly lane: string;
  /** What it costs to keep. */
  readonly bytes: number;
  /** The first to go for want of room: a later message says the same. */
  readonly expendable?: boolean;
  /** Tries that failed. */
  failures: number;
}

/** Bounds and waits of a queue. */
export interface LaneQueueOptions {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly retryIntervalMs: number;
  readonly maxRetryIntervalMs: number;
}

interface Lane<M> {
  readonly name: string;
  readonly messages: M[];
  /** `busy`: its first message is being sent. */
  state: 'ready' | 'busy' | 'waiting';
}

interface Wait<M> {
  readonly lane: Lane<M>;
  readonly dueMs: number;
}

/** Messages that wait to be sent: in order per lane, one that failed holds up its own lane only, and however long a receiver is down what is kept is bounded. */
export class LaneQueue<M extends Message> {
  readonly #options: LaneQueueOptions;
  readonly #lanes = new Map<string, Lane<M>>();
  readonly #ready = new Set<Lane<M>>();
  readonly #waits = new DueHeap<Wait<M>>();
  // Sets keep the order in which things were added: the oldest is the first.
  readonly #expendable = new Set<M>();
  readonly #others = new Set<M>();
  #bytes = 0;

  constructor(options: LaneQueueOptions) {
    this.#options = options;
  }

  /** Messages in it, those being sent as well. */
  get size(): number {
    return this.#expendable.size + this.#others.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a message. Answers those that had to go for want of room: the oldest, expendable ones before others, none that is being sent. */
  push(message: M): M[] {
    let lane = this.#lanes.get(message.lane);
    if (lane === undefined) {
      lane = { name: message.lane, messages: [], state: 'ready' };
      this.#lanes.set(lane.name, lane);
      this.#ready.add(lane);
    }
    lane.messages.push(message);
    (message.expendable === true ? this.#expendable : this.#others).add(message);
    this.#bytes += message.bytes;
    return this.#makeRoom();
  }

  /** The next message that may be sent now; it is to be given back by `done` or `failed`. */
  take(nowMs: number): M | undefined {
    this.#endWaits(nowMs);
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      lane.state = 'busy';
      return lane.messages[0];
    }
    return undefined;
  }

  /** When `take` will have something; `undefined` where only the ends of running ones are waited for. */
  dueMs(): number | undefined {
    return this.#ready.size > 0 ? Number.NEGATIVE_INFINITY : this.#waits.first?.dueMs;
  }

  /** It arrived, or is given up. */
  done(message: M): void {
    const lane = this.#busyLane(message);
    if (lane === undefined) return;
    lane.state = 'ready';
    if (lane.messages.length > 1) this.#ready.add(lane);
    this.#remove(lane, message);
  }

  /** It did not arrive: its lane waits, twice as long each time, half of it by chance (`random` 0 up to 1). */
  failed(message: M, nowMs: number, random: number): void {
    const lane = this.#busyLane(message);
    if (lane === undefined) return;
    message.failures++;
    const { retryIntervalMs, maxRetryIntervalMs } = this.#options;
    const waitMs = Math.min(maxRetryIntervalMs, retryIntervalMs * 2 ** Math.min(30, message.failures - 1));
    lane.state = 'waiting';
    this.#waits.add({ lane, dueMs: nowMs + Math.round(waitMs * (0.5 + random / 2)) });
  }

  /** The receiver is back: nobody waits any longer. */
  hurry(): void {
    for (const { lane } of this.#waits.clear()) this.#wake(lane);
  }

  #endWaits(nowMs: number): void {
    for (let wait = this.#waits.first; wait !== undefined && wait.dueMs <= nowMs; wait = this.#waits.first) {
      this.#waits.shift();
      this.#wake(wait.lane);
    }
  }

  #wake(lane: Lane<M>): void {
    // It may have lost all it had, for want of room.
    if (lane.state !== 'waiting' || lane.messages.length === 0) return;
    lane.state = 'ready';
    this.#ready.add(lane);
  }

  #busyLane(message: M): Lane<M> | undefined {
    const lane = this.#lanes.get(message.lane);
    return lane?.state === 'busy' && lane.messages[0] === message ? lane : undefined;
  }

  #remove(lane: Lane<M>, message: M): void {
    lane.messages.splice(lane.messages.indexOf(message), 1);
    this.#expendable.delete(message);
    this.#others.delete(message);
    this.#bytes -= message.bytes;
    if (lane.messages.length > 0) return;
    this.#lanes.delete(lane.name);
    this.#ready.delete(lane);
  }

  #makeRoom(): M[] {
    const { maxMessages, maxBytes } = this.#options;
    const dropped: M[] = [];
    while (this.size > maxMessages || this.#bytes > maxBytes) {
      const message = this.#oldest(this.#expendable) ?? this.#oldest(this.#others);
      const lane = message === undefined ? undefined : this.#lanes.get(message.lane);
      if (message === undefined || lane === undefined) break;
      this.#remove(lane, message);
      dropped.push(message);
    }
    return dropped;
  }

  #oldest(messages: ReadonlySet<M>): M | undefined {
    for (const message of messages) {
      const lane = this.#lanes.get(message.lane);
      if (lane !== undefined && (lane.state !== 'busy' || lane.messages[0] !== message)) return message;
    }
    return undefined;
  }
}
