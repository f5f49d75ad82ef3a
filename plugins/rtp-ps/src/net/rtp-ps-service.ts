import { type Cancel, type CloseReason, closeReason, type PluginContext } from '@sluice/core';
import { isRtcp, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { parseAdvertised } from '../proto/advertised.js';
import { payloadFormats, toldFormats } from '../proto/payload-formats.js';
import { formatSsrc, parseSsrc } from '../proto/ssrc.js';
import { SsrcAllocator } from '../proto/ssrc-allocator.js';
import type { Receiver, ReceiverOptions, RtpPsService } from '../service.js';
import type { Lease } from './lease.js';
import { LeaseTable } from './lease-table.js';
import { RtpPort } from './rtp-port.js';
import { type StreamPortHandlers, StreamPorts } from './stream-ports.js';
import { TcpSource } from './tcp-source.js';

const TICK_MS = 50;

/** What the sender is told. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** The service: SSRCs, and leases of them on the single port or on ports of their own. */
export class LocalRtpPs implements RtpPsService {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #table: LeaseTable;
  readonly #port: RtpPort;
  readonly #streamPorts: StreamPorts;
  readonly #ssrcs = new SsrcAllocator();
  #stopTicks: Cancel | undefined;

  constructor(ctx: PluginContext, config: RtpPsConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#table = new LeaseTable(ctx, config, this.#ssrcs);
    this.#port = new RtpPort(ctx, config, this.#table);
    this.#streamPorts = new StreamPorts(ctx, config);
  }

  async listen(): Promise<void> {
    await this.#port.open();
    const { clock, transport } = this.#ctx;
    this.#stopTicks = clock.every(TICK_MS, () => this.#table.tick(clock.now(), transport.now()));
  }

  /** What is in use now. */
  usage(): { readonly leases: number; readonly ssrcs: number; readonly ports: number; readonly portsFree: number } {
    const { held, available } = this.#streamPorts;
    return { leases: this.#table.size, ssrcs: this.#ssrcs.held, ports: held, portsFree: available };
  }

  /** Ends every lease. */
  async close(): Promise<void> {
    this.#stopTicks?.();
    await Promise.all([...this.#table.leases].map((lease) => lease.close(closeReason('shutdown'))));
  }

  allocateSsrc(domainId: string, kind: 'live' | 'history'): string {
    return this.#ssrcs.allocate(domainId, kind, this.#ctx.clock.now(), (ssrc) => this.#table.has(ssrc));
  }

  releaseSsrc(ssrc: string): void {
    this.#ssrcs.release(ssrc, this.#ctx.clock.now());
  }

  async open(options: ReceiverOptions): Promise<Receiver> {
    const ssrc = parseSsrc(options.ssrc);
    const formats = payloadFormats({ ...options, fallbackMap: this.#config.payloadMap });
    // The lease first: ports and addresses take a moment, and the SSRC must not be taken twice meanwhile.
    const lease = this.#table.open(ssrc, { ...options, trusted: true }, formats);
    lease.onOver(() => this.releaseSsrc(options.ssrc));
    try {
      const port = options.port === 'range' && options.transport !== 'tcp-active' ? await this.#openPort(lease, options.transport) : undefined;
      return this.#receiver(lease, options, await this.#address(options.remoteHint, port));
    } catch (error) {
      await lease.close(closeReason('ended', 'not opened'));
      throw error;
    }
  }

  async #openPort(lease: Lease, transport: 'udp' | 'tcp-passive'): Promise<number> {
    const handlers: StreamPortHandlers = {
      datagram: (bytes, address, port, receivedAtMs) => {
        const packet = isRtcp(bytes) ? undefined : tryParseRtp(bytes);
        if (packet === undefined) lease.receiveControl(bytes, address, port, true, receivedAtMs);
        else if (typeof packet === 'object') lease.receiveDatagram(packet, bytes, address, port, receivedAtMs);
      },
      control: (bytes, address, port, receivedAtMs) => {
        if (isRtcp(bytes)) lease.receiveControl(bytes, address, port, false, receivedAtMs);
      },
      connection: (connection) =>
        new TcpSource(
          connection,
          (packet, _bytes, { address, remotePort: port }, atMs) => (lease.admits(packet, { address, port }, atMs) ? lease : undefined),
          this.#table.connections,
        ),
    };
    const opened = await this.#streamPorts.open(transport, handlers);
    lease.useWays(opened);
    const { clock } = this.#ctx;
    // A sender that does not know yet that it is over must not send into the next stream.
    const reuseMs = this.#config.portReuseSeconds * 1000;
    lease.onOver(() => void opened.close(lease.lastHeardMs === undefined ? clock.now() : lease.lastHeardMs + reuseMs));
    return opened.port;
  }

  #receiver(lease: Lease, options: ReceiverOptions, address: Address): Receiver {
    const table = this.#table;
    const fallbackMap = this.#config.payloadMap;
    let ssrc = formatSsrc(parseSsrc(options.ssrc));
    return {
      ...address,
      get ssrc() {
        return ssrc;
      },
      live: lease.live,
      rekey(to: string): void {
        table.rekey(lease, parseSsrc(to));
        ssrc = to;
      },
      expectFrom: (sources) => table.expectFrom(lease, sources),
      setPayloads: (told) => {
        const opened = payloadFormats({ ...options, fallbackMap: {} });
        const doubted = new Set([...toldFormats(told).keys()].filter((type) => !opened.has(type)));
        lease.setFormats(payloadFormats({ ...options, told, fallbackMap }), doubted);
      },
      relearn: () => lease.relearn(),
      connect: (host: string, port: number) => lease.connect(host, port),
      hold: (on: boolean) => lease.hold(on),
      stats: () => lease.stats(),
      close: (reason: CloseReason) => lease.close(reason),
    };
  }

  /** `own`: the port of this stream alone, which a forwarded single port says nothing of. */
  async #address(remoteHint: string | undefined, own: number | undefined): Promise<Address> {
    const port = this.#port.port;
    if (port === undefined) throw rtpPsError('ERR_RTP_NOT_LISTENING', 'the media port is not open yet');
    const { advertise } = this.#config;
    const told = advertise === undefined ? undefined : parseAdvertised(advertise);
    const host = told?.host ?? (await this.#localAddress(remoteHint));
    return { host, port: own ?? told?.port ?? port };
  }

  #localAddress(remoteHint: string | undefined): Promise<string> {
    const { host } = this.#ctx.engine.settings as { readonly host?: string };
    // Nobody gets through to another address than the one that is listened on.
    if (remoteHint === undefined && host !== undefined && host !== '0.0.0.0' && host !== '::') return Promise.resolve(host);
    // Without a hint any route will do: documentation addresses (RFC 5737) are routed like the rest of the world.
    return this.#ctx.transport.localAddressFor(remoteHint ?? '192.0.2.1');
  }
}
