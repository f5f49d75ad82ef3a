import type { CloseReason } from '@sluice/core';
import type { MediaSource, Receiver, ReceiverOptions, ReceiverStats, RtpPsService, ToldPayloads } from '@sluice/plugin-rtp-ps/service';

export class FakeReceiver implements Receiver {
  readonly host = '10.0.0.1';
  readonly port = 10_000;
  ssrc: string;
  closes: CloseReason[] = [];
  #live: () => void = () => {};
  #fail: (error: unknown) => void = () => {};
  readonly live = new Promise<void>((resolve, reject) => {
    this.#live = resolve;
    this.#fail = reject;
  });

  constructor(
    readonly options: ReceiverOptions,
    private readonly rekeyError?: unknown,
  ) {
    this.ssrc = options.ssrc;
  }

  /** What it was told of silence, newest last. */
  readonly holds: boolean[] = [];
  /** Where it was told to connect to. */
  readonly connects: string[] = [];

  /** What it was told of payload types, newest last. */
  readonly payloads: ToldPayloads[] = [];

  relearn(): void {}

  /** Where its sender was said to send from. */
  readonly expected: (readonly MediaSource[])[] = [];

  expectFrom(sources: readonly MediaSource[]): void {
    this.expected.push(sources);
  }

  setPayloads(told: ToldPayloads): void {
    this.payloads.push(told);
  }

  connect(host: string, port: number): Promise<void> {
    this.connects.push(`${host}:${port}`);
    return Promise.resolve();
  }

  hold(on: boolean): void {
    this.holds.push(on);
  }

  stats(): ReceiverStats {
    return { packets: 0, bytes: 0, lost: 0, reordered: 0, duplicate: 0, resyncs: 0, damaged: 0, foreign: 0, jitterMs: 0 };
  }

  rekey(ssrc: string): void {
    if (this.rekeyError !== undefined) throw this.rekeyError;
    this.ssrc = ssrc;
  }

  goLive(): void {
    this.#live();
  }

  /** It ends by itself. */
  over(reason: CloseReason, error: unknown = new Error(reason.code)): void {
    // In this order, as rtp-ps does.
    this.#fail(error);
    this.options.onClose?.(reason);
  }

  close(reason: CloseReason): Promise<void> {
    this.closes.push(reason);
    this.#fail(new Error('closed'));
    return Promise.resolve();
  }
}

export class FakeRtpPs implements RtpPsService {
  readonly receivers: FakeReceiver[] = [];
  readonly released: string[] = [];
  openError: unknown;
  rekeyError: unknown;
  #next = 0;

  allocateSsrc(_domain = '', kind: 'live' | 'history' = 'live'): string {
    this.#next++;
    return `${kind === 'live' ? 0 : 1}20000${String(this.#next).padStart(4, '0')}`;
  }

  releaseSsrc(ssrc: string): void {
    this.released.push(ssrc);
  }

  open(options: ReceiverOptions): Promise<Receiver> {
    if (this.openError !== undefined) return Promise.reject(this.openError);
    const receiver = new FakeReceiver(options, this.rekeyError);
    this.receivers.push(receiver);
    return Promise.resolve(receiver);
  }
}
