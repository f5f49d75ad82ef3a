import { banner, definePlugin, streamClients } from '@sluice/core';
import { rtmpBanner } from './banner.js';
import { rtmpConfig } from './config.js';
import { rehearsalSource } from './map/rehearsal-source.js';
import { LocalRtmpClient } from './net/rtmp-client.js';
import { listenRtmp } from './net/server.js';
import { rtmpClientService } from './service.js';

export { type RtmpConfig, rtmpConfig } from './config.js';
export type { RtmpErrorCode } from './errors.js';
export { createRtmpForm, rtmpForm, rtmpFormOf, rtmpLegacyHevcForm } from './map/rtmp-form.js';
export { ChunkReader } from './proto/chunk-reader.js';
export { allocateMessage, sealMessage, serializeMessage } from './proto/chunk-writer.js';
export { ClientHandshake } from './proto/client-handshake.js';
export { type RtmpClientHandler, type RtmpClientOptions, type RtmpClientPhase, RtmpClientSession } from './proto/client-session.js';
export { ServerHandshake } from './proto/handshake.js';
export type { HandshakeTools } from './proto/handshake-digest.js';
export { defaultRtmpLimits, type RtmpLimits } from './proto/limits.js';
export { type RtmpMessage, RtmpType } from './proto/message.js';
export { parseRtmpUrl, type RtmpUrl } from './proto/rtmp-url.js';
export { type RtmpServerHandler, RtmpServerSession, type RtmpSessionOptions, type StreamRequest } from './proto/server-session.js';
export { type StreamUrl, streamUrl } from './proto/stream-url.js';
export { type RtmpClientService, rtmpClientService } from './service.js';

/** RTMP server: publish and play; and RTMP client: brings streams of other servers, and takes ours to them. */
export default definePlugin({
  name: 'rtmp',
  version: '1.0.0',
  engine: '^1.0.0',
  config: rtmpConfig,
  provides: [rtmpClientService],
  rehearsal: { config: { port: 0 }, source: rehearsalSource },
  setup(ctx, config) {
    const client = new LocalRtmpClient(ctx, config);
    ctx.provide(rtmpClientService, client);
    ctx.extend(streamClients, client);
    ctx.extend(banner, rtmpBanner);
    ctx.onListen(() => listenRtmp(ctx, config));
  },
});
