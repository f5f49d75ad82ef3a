import { type AcceptedConnection, type Cancel, type PluginContext, rateLimited } from '@sluice/core';
import type { RtspConfig } from '../config.js';
import { RtspConnection } from './rtsp-connection.js';
import type { RtspServerParts } from './server-parts.js';
import { UdpPairs } from './udp-pair.js';

/** How often connections are looked at, for time-outs, late packets and reports. */
const TICK_MS = 100;

/** Listens for RTSP, and for RTSPS where it is configured. */
export async function listenRtsp(ctx: PluginContext, config: RtspConfig): Promise<void> {
  const parts: RtspServerParts = { ctx, config, pairs: await UdpPairs.open(ctx, config), log: rateLimited(ctx.log, ctx.clock) };
  const open = new Set<RtspConnection>();
  const tick = (): void => {
    const [nowMs, receivedNowMs] = [ctx.clock.now(), ctx.transport.now()];
    for (const connection of open) connection.tick(nowMs, receivedNowMs);
  };
  let stopTicks: Cancel | undefined;
  const accept = (isSecure: boolean) => (accepted: AcceptedConnection) => {
    const connection = new RtspConnection(parts, accepted, isSecure);
    open.add(connection);
    // A process without RTSP is not woken for it.
    stopTicks ??= ctx.clock.every(TICK_MS, tick);
    accepted.socket.once('close', () => {
      open.delete(connection);
      if (open.size > 0) return;
      stopTicks?.();
      stopTicks = undefined;
    });
  };
  const { host, maxConnections, maxUnadmittedPerAddress } = config;
  const common = { maxConnections, maxUnadmittedPerAddress, ...(host === undefined ? {} : { host }) };
  await ctx.transport.listenTcp({ name: 'rtsp', port: config.port, ...common }, accept(false));
  if (config.tls !== undefined) {
    const { port, ...tls } = config.tls;
    await ctx.transport.listenTcp({ name: 'rtsps', port, tls, ...common }, accept(true));
  }
}
