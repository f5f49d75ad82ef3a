import { findHeader } from '@sluice/plugin-wire-text';
import type { RtspRequest } from '../proto/rtsp-message.js';
import { parseTransport, serializeTransport, type TransportSpec } from '../proto/transport-header.js';
import type { UdpPair } from './udp-pair.js';

/** How a medium goes, as agreed by SETUP. */
export type MediumTransport = { readonly kind: 'tcp'; readonly channel: number } | { readonly kind: 'udp'; readonly clientPorts: readonly [number, number] };

/** What of a SETUP was agreed. */
export interface AgreedTransport {
  readonly transport: MediumTransport;
  readonly spec: TransportSpec;
}

/** Highest channel that leaves one for RTCP. */
const LAST_CHANNEL = 254;

/**
 * The first way of a SETUP that can be gone, or the status that says why none can: 400 where there is none, 461 for multicast, connections of
 * their own, SRTP, channels that are taken, and datagrams beside a TLS connection, which would go in the clear. `taken`: channels of media set up before.
 */
export function agreeTransport(request: RtspRequest, taken: ReadonlySet<number>, isSecure: boolean): AgreedTransport | number {
  const header = findHeader(request.headers, 'transport');
  const specs = parseTransport(header ?? '');
  if (specs.length === 0) return 400;
  for (const spec of specs) {
    const transport = transportOf(spec, taken, isSecure);
    if (transport !== undefined) return { transport, spec };
  }
  return 461;
}

function transportOf(spec: TransportSpec, taken: ReadonlySet<number>, isSecure: boolean): MediumTransport | undefined {
  if (spec.multicast) return undefined;
  if (spec.profile === 'RTP/AVP/TCP') return tcpOf(spec, taken);
  if (spec.profile !== 'RTP/AVP' || isSecure) return undefined;
  const [rtp = 0, rtcp = 0] = spec.clientPort ?? [];
  return isPort(rtp) && isPort(rtcp) ? { kind: 'udp', clientPorts: [rtp, rtcp] } : undefined;
}

function isPort(port: number): boolean {
  return port > 0 && port < 65_536;
}

/** Ports here mean a connection of its own for each medium. */
function tcpOf(spec: TransportSpec, taken: ReadonlySet<number>): MediumTransport | undefined {
  if (spec.clientPort !== undefined) return undefined;
  let channel = spec.interleaved?.[0];
  if (channel === undefined) for (channel = 0; taken.has(channel); ) channel += 2;
  const isFree = channel <= LAST_CHANNEL && !taken.has(channel) && !taken.has(channel + 1) && !taken.has(channel - 1);
  return isFree ? { kind: 'tcp', channel } : undefined;
}

/** The `Transport` header of the answer. */
export function transportHeader({ transport, spec }: AgreedTransport, pair: UdpPair | undefined): string {
  const mode = spec.mode === undefined ? {} : { mode: spec.mode };
  if (transport.kind === 'tcp') {
    return serializeTransport({ profile: 'RTP/AVP/TCP', multicast: false, interleaved: [transport.channel, transport.channel + 1], ...mode });
  }
  const ports = pair === undefined ? {} : { serverPort: pair.ports };
  return serializeTransport({ profile: 'RTP/AVP', multicast: false, clientPort: transport.clientPorts, ...ports, ...mode });
}
