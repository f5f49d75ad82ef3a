import { banner, definePlugin } from '@sluice/core';
import { rtmpBanner } from './banner.js';
import { rtmpConfig } from './config.js';
import { listenRtmp } from './net/server.js';

export { type RtmpConfig, rtmpConfig } from './config.js';
export type { RtmpErrorCode } from './errors.js';
export { createRtmpForm, rtmpForm, rtmpFormOf, rtmpLegacyHevcForm } from './map/rtmp-form.js';
export { ChunkReader } from './proto/chunk-reader.js';
export { allocateMessage, sealMessage, serializeMessage } from './proto/chunk-writer.js';
export { type HandshakeTools, ServerHandshake } from './proto/handshake.js';
export { defaultRtmpLimits, type RtmpLimits } from './proto/limits.js';
export { type RtmpMessage, RtmpType } from './proto/message.js';
export { type RtmpServerHandler, RtmpServerSession, type RtmpSessionOptions, type StreamRequest } from './proto/server-session.js';
export { type StreamUrl, streamUrl } from './proto/stream-url.js';

/** RTMP server: publish and play. */
export default definePlugin({
  name: 'rtmp',
  version: '1.0.0',
  engine: '^1.0.0',
  config: rtmpConfig,
  setup(ctx, config) {
    ctx.extend(banner, rtmpBanner);
    ctx.onListen(() => listenRtmp(ctx, config));
  },
});
