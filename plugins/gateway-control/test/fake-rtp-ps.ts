import { type CloseReason, closeReason, definePlugin, SluiceError } from '@sluice/core';
import { type Receiver, type ReceiverOptions, type ReceiverStats, type RtpPsService, rtpPsService } from '@sluice/plugin-rtp-ps/service';

/** A receiver that a test plays the sender of. */
export class FakeReceiver implements Receiver {
  readonly host = '192.0.2.1';
  readonly port = 30_000;
  readonly live = new Promise<void>(() => {});
  readonly connected: [string, number][] = [];
  held = false;
  closed: CloseReason | undefined;
  counts: ReceiverStats = { packets: 0, bytes: 0, lost: 0, reordered: 0, duplicate: 0, resyncs: 0, damaged: 0, foreign: 0, jitterMs: 0 };

  constructor(
    readonly options: ReceiverOptions,
    readonly onRelease: () => void,
  ) {}
  get ssrc(): string {
    return this.options.ssrc;
  }
  rekey(): void {}
  relearn(): void {}
  expectFrom(): void {}
  setPayloads(): void {}
  hold(on: boolean): void {
    this.held = on;
  }
  async connect(host: string, port: number): Promise<void> {
    this.connected.push([host, port]);
    if (port !== 9) return;
    this.end(closeReason('lost', 'no connection'));
    throw new SluiceError('ERR_RTP_CONNECT', 'no connection', { status: 502 });
  }
  stats(): ReceiverStats {
    return this.counts;
  }
  async close(reason: CloseReason): Promise<void> {
    if (this.closed !== undefined) return;
    this.closed = reason;
    this.onRelease();
  }
  /** The first packet came from `remote`. */
  first(remote: string): void {
    this.counts = { ...this.counts, packets: 1, bytes: 1000, source: remote };
    this.options.onFirstPacket?.(remote);
  }
  /** It ends by itself. */
  end(reason: CloseReason): void {
    this.closed = reason;
    this.onRelease();
    this.options.onClose?.(reason);
  }
}

/** An rtp-ps without sockets. `ports`: how many streams it has room for. */
export function fakeRtpPs(receivers: FakeReceiver[], ports = 100) {
  const held = new Set<string>();
  const open = new Set<FakeReceiver>();
  const rtpPs: RtpPsService & { readonly held: Set<string> } = {
    held,
    allocateSsrc(domain) {
      const ssrc = `0${domain.slice(3, 8)}${String(held.size + 1).padStart(4, '0')}`;
      held.add(ssrc);
      return ssrc;
    },
    releaseSsrc: (ssrc) => void held.delete(ssrc),
    async open(options) {
      if (open.size >= ports) throw new SluiceError('ERR_RTP_NO_PORT', 'no port is free', { status: 503 });
      const receiver: FakeReceiver = new FakeReceiver(options, () => {
        open.delete(receiver);
        held.delete(options.ssrc);
      });
      open.add(receiver);
      receivers.push(receiver);
      return receiver;
    },
  };
  const plugin = definePlugin({ name: 'rtp-ps', version: '1.0.0', provides: [rtpPsService], setup: (ctx) => ctx.provide(rtpPsService, rtpPs) });
  return { plugin, rtpPs };
}
