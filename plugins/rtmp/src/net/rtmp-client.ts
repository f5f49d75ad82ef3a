import type { Link, LinkOptions, LinkTarget, ListenAddress, PluginContext } from '@sluice/core';
import { type FlvMapping, flvMappingPoint, flvMappings } from '@sluice/plugin-format-flv';
import type { RtmpConfig } from '../config.js';
import { parseRtmpUrl } from '../proto/rtmp-url.js';
import { streamUrl } from '../proto/stream-url.js';
import type { RtmpClientService } from '../service.js';
import type { ClientParts } from './client-connection.js';
import { RtmpPull } from './pull.js';
import { RtmpPush } from './push.js';

/** The service: every link is a connection of its own. */
export class LocalRtmpClient implements RtmpClientService {
  readonly name = 'rtmp';
  readonly schemes = ['rtmp', 'rtmps'];
  readonly #ctx: PluginContext;
  readonly #config: RtmpConfig;

  constructor(ctx: PluginContext, config: RtmpConfig) {
    this.#ctx = ctx;
    this.#config = config;
  }

  target(url: string): LinkTarget {
    const { host, port, secure, app, tcUrl, name } = parseRtmpUrl(url);
    return { host, port, secure, ...streamUrl(app, tcUrl, name) };
  }

  localUrl(addresses: readonly ListenAddress[], path: string): string | undefined {
    const own = addresses.find(({ plugin, secure }) => plugin === this.name && !secure);
    return own === undefined ? undefined : `rtmp://${own.host}:${own.port}/${path}`;
  }

  pull(options: LinkOptions): Link {
    const mappings = this.#mappings();
    return new RtmpPull(this.#parts(mappings), mappings, options, parseRtmpUrl(options.url, options.query));
  }

  /** The silence that the publisher may keep is told to the next server too: a paused recording is held by both. */
  push(options: LinkOptions): Link {
    const held = this.#ctx.streams.describe(options.path)?.publisher?.query.receiveTimeoutSeconds;
    const target = parseRtmpUrl(options.url, { ...(held === undefined ? {} : { receiveTimeoutSeconds: held }), ...options.query });
    return new RtmpPush(this.#parts(this.#mappings()), options, target);
  }

  #mappings(): readonly FlvMapping[] {
    return [...flvMappings, ...this.#ctx.extensions(flvMappingPoint)];
  }

  #parts(mappings: readonly FlvMapping[]): ClientParts {
    const fourCcs = mappings.flatMap(({ fourCc }) => (fourCc === undefined ? [] : [fourCc]));
    return { ctx: this.#ctx, limits: this.#config.limits, fourCcs };
  }
}
