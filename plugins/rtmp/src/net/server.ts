import { type AcceptedConnection, type PluginContext, rateLimited } from '@sluice/core';
import { flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import type { RtmpConfig } from '../config.js';
import { RtmpConnection, type RtmpServerParts } from './rtmp-connection.js';

/** Listens for RTMP, and for RTMPS where it is configured. */
export async function listenRtmp(ctx: PluginContext, config: RtmpConfig): Promise<void> {
  const mappings = [...flvMappings, ...ctx.extensions(flvMappingPoint)];
  const fourCcs = mappings.flatMap(({ fourCc }) => (fourCc === undefined ? [] : [fourCc]));
  const parts: RtmpServerParts = { ctx, config, mappings, fourCcs, log: rateLimited(ctx.log, ctx.clock) };
  const accept = (connection: AcceptedConnection): void => void new RtmpConnection(parts, connection);
  const { host, maxConnections, maxUnadmittedPerAddress } = config;
  const common = { maxConnections, maxUnadmittedPerAddress, sharedReads: true, ...(host === undefined ? {} : { host }) };
  await ctx.transport.listenTcp({ name: 'rtmp', port: config.port, ...common }, accept);
  if (config.tls !== undefined) {
    const { port, ...tls } = config.tls;
    await ctx.transport.listenTcp({ name: 'rtmps', port, tls, ...common }, accept);
  }
}
