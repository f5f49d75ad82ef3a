import { type Link, type LinkOptions, type ServiceToken, type StreamClient, service } from '@sluice/core';

/** FLV over HTTP from other servers: `http[s]://[USER:PASSWORD@]HOST[:PORT]/PATH[?QUERY]`, whatever its path ends with. */
export interface FlvClientService extends StreamClient {
  /** Reads a stream of another server and publishes it here. Redirects are followed. Throws `ERR_HTTP_FLV_URL`. */
  pull(options: LinkOptions): Link;
}

/** Token of the service. */
export const flvClientService: ServiceToken<FlvClientService> = service<FlvClientService>('flv-client', () => import('@sluice/plugin-http-flv'));
