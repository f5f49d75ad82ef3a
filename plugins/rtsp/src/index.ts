import { banner, definePlugin } from '@sluice/core';
import { rtspBanner } from './banner.js';
import { rtspConfig } from './config.js';
import { listenRtsp } from './net/server.js';

export { type RtspConfig, rtspConfig } from './config.js';
export type { RtspErrorCode } from './errors.js';
export { type ChannelMap, createRtpForm, type RtpFormOptions } from './map/rtp-form.js';
export { type RtspMessage, type RtspRequest, type RtspResponse, serializeRtspRequest, serializeRtspResponse } from './proto/rtsp-message.js';
export { defaultRtspLimits, type RtspLimits, RtspReader, type RtspReaderSink } from './proto/rtsp-reader.js';
export { parseSdp, type SessionDescription } from './proto/sdp.js';
export { type SdpOptions, type SdpTrack, writeSdp } from './proto/sdp-write.js';

/** RTSP server: publish and play over TCP and UDP. */
export default definePlugin({
  name: 'rtsp',
  version: '1.0.0',
  engine: '^1.0.0',
  config: rtspConfig,
  setup(ctx, config) {
    ctx.extend(banner, rtspBanner);
    ctx.onListen(() => listenRtsp(ctx, config));
  },
});
