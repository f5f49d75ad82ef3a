import { type PluginContext, rateLimited } from '@sluice/core';
import { flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import type { RtmpConfig } from '../config.js';
import { RtmpConnection, type RtmpServerParts } from './rtmp-connection.js';

/** Listens for RTMP. */
export async function listenRtmp(ctx: PluginContext, config: RtmpConfig): Promise<void> {
  const mappings = [...flvMappings, ...ctx.extensions(flvMappingPoint)];
  const fourCcs = mappings.flatMap(({ fourCc }) => (fourCc === undefined ? [] : [fourCc]));
  const parts: RtmpServerParts = { ctx, config, mappings, fourCcs, log: rateLimited(ctx.log, ctx.clock) };
  const { port, host } = config;
  await ctx.transport.listenTcp({ name: 'rtmp', port, sharedReads: true, ...(host === undefined ? {} : { host }) }, (connection) => {
    new RtmpConnection(parts, connection);
  });
}
