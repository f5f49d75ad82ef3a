import { type ConfigByName, type Link, type LinkOptions, type ServiceToken, type StreamClient, service } from '@sluice/core';
import type { rtmpConfig } from './config.js';

/** RTMP from and to other servers: `rtmp[s]://HOST[:PORT]/APP/NAME[?QUERY]`. `?hevc=12` pushes H.265 as codec id 12. */
export interface RtmpClientService extends StreamClient {
  /** Plays a stream of another server and publishes it here. Throws `ERR_RTMP_URL`. */
  pull(options: LinkOptions): Link;
  /** Publishes a stream of ours at another server. Throws `ERR_RTMP_URL`. */
  push(options: LinkOptions): Link;
}

/** Token of the service. */
export const rtmpClientService: ServiceToken<RtmpClientService, ConfigByName<'rtmp', typeof rtmpConfig>> = service<RtmpClientService>(
  'rtmp-client',
  () => import('@sluice/plugin-rtmp'),
);
