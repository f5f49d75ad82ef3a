import { type Link, type LinkOptions, type ServiceToken, type StreamClient, service } from '@sluice/core';

/** RTSP from and to other servers: `rtsp[s]://[USER:PASSWORD@]HOST[:PORT]/PATH[?QUERY]`. */
export interface RtspClientService extends StreamClient {
  /** Plays a stream of another server and publishes it here. Throws `ERR_RTSP_URL`. */
  pull(options: LinkOptions): Link;
  /** Publishes a stream of ours at another server: by UDP where that is asked for, else over TCP. Throws `ERR_RTSP_URL`. */
  push(options: LinkOptions): Link;
}

/** Token of the service. */
export const rtspClientService: ServiceToken<RtspClientService> = service<RtspClientService>('rtsp-client', () => import('@sluice/plugin-rtsp'));
