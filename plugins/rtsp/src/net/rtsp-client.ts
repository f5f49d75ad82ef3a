import type { Link, LinkOptions, LinkTarget, ListenAddress } from '@sluice/core';
import { parseClientUrl } from '../proto/client-url.js';
import type { RtspClientService } from '../service.js';
import type { ClientParts } from './client-connection.js';
import { RtspPull } from './pull.js';
import { RtspPush } from './push.js';

/** The service: every link is on its own. */
export class LocalRtspClient implements RtspClientService {
  readonly name = 'rtsp';
  readonly schemes = ['rtsp', 'rtsps'];
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  target(url: string): LinkTarget {
    const { host, port, secure, path, query } = parseClientUrl(url);
    return { host, port, secure, path, query };
  }

  localUrl(addresses: readonly ListenAddress[], path: string): string | undefined {
    const own = addresses.find(({ plugin, protocol, secure }) => plugin === this.name && protocol === 'tcp' && !secure);
    return own === undefined ? undefined : `rtsp://${own.host}:${own.port}/${path}`;
  }

  pull(options: LinkOptions): Link {
    return new RtspPull(this.#parts, options, parseClientUrl(options.url, options.query));
  }

  /** The silence that the publisher may keep is told to the next server too: a paused recording is held by both. */
  push(options: LinkOptions): Link {
    const held = this.#parts.ctx.streams.describe(options.path)?.publisher?.query.receiveTimeoutSeconds;
    const query = { ...(held === undefined ? {} : { receiveTimeoutSeconds: held }), ...options.query };
    return new RtspPush(this.#parts, options, parseClientUrl(options.url, query));
  }
}
