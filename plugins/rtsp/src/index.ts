import { banner, definePlugin, streamClients } from '@sluice/core';
import { rtspBanner } from './banner.js';
import { rtspConfig } from './config.js';
import { LocalRtspClient } from './net/rtsp-client.js';
import { listenRtsp } from './net/server.js';
import { rtspClientService } from './service.js';

export { type RtspConfig, rtspConfig } from './config.js';
export type { RtspErrorCode } from './errors.js';
export { type ChannelMap, createRtpForm, type RtpFormOptions } from './map/rtp-form.js';
export { type RtspMessage, type RtspRequest, type RtspResponse, serializeRtspRequest, serializeRtspResponse } from './proto/rtsp-message.js';
export { defaultRtspLimits, type RtspLimits, RtspReader, type RtspReaderSink } from './proto/rtsp-reader.js';
export { parseSdp, type SessionDescription } from './proto/sdp.js';
export { type SdpOptions, type SdpTrack, writeSdp } from './proto/sdp-write.js';
export { type RtspClientService, rtspClientService } from './service.js';

/** RTSP server: publish and play over TCP and UDP; and RTSP client: streams from other servers, and to them. */
export default definePlugin({
  name: 'rtsp',
  version: '1.0.0',
  engine: '^1.0.0',
  config: rtspConfig,
  provides: [rtspClientService],
  rehearsal: { config: { port: 0, udpPort: 0 } },
  setup(ctx, config) {
    const client = new LocalRtspClient({ ctx, config });
    ctx.provide(rtspClientService, client);
    ctx.extend(streamClients, client);
    ctx.extend(banner, rtspBanner);
    ctx.onListen(() => listenRtsp(ctx, config));
  },
});
