import { messageOf, type PluginContext, pathPattern, redactUrl, type StreamInfo } from '@sluice/core';
import type { RelayConfig } from '../config.js';
import { fillTemplate } from '../proto/target-template.js';
import type { RelayPush } from '../service.js';

type Open = (path: string, url: string) => Promise<RelayPush | undefined>;

/** Pushes of `relay.pushes`: one for each rule that a stream's path matches, from when it is there until it is over. */
export class PushRules {
  readonly #ctx: PluginContext;
  readonly #rules: readonly { readonly match: (path: string) => readonly string[] | undefined; readonly url: string }[];
  readonly #open: Open;
  readonly #byPath = new Map<string, Promise<RelayPush | undefined>[]>();

  constructor(ctx: PluginContext, rules: RelayConfig['pushes'], open: Open) {
    this.#ctx = ctx;
    this.#rules = rules.map(({ match, url }) => ({ match: pathPattern(match), url }));
    this.#open = open;
    if (rules.length === 0) return;
    ctx.hooks.tracksReady((stream) => this.#begin(stream));
    ctx.hooks.closed((path) => void this.#end(path));
  }

  #begin({ path, publisher }: StreamInfo): void {
    // What another push handed over within the process goes no further: a rule that matches its own target has no end.
    if (this.#byPath.has(path) || publisher?.protocol === 'memory') return;
    const opened = this.#rules.flatMap(({ match, url }) => {
      const captures = match(path);
      return captures === undefined ? [] : [this.#start(path, fillTemplate(url, path, captures))];
    });
    // A path is kept where one of its pushes was ended through the API too: that one stays away until the stream is over.
    if (opened.length > 0) this.#byPath.set(path, opened);
  }

  async #start(path: string, url: string): Promise<RelayPush | undefined> {
    try {
      return await this.#open(path, url);
    } catch (error) {
      this.#ctx.log.warn({ stream: path, url: redactUrl(url), error: messageOf(error) }, 'relay.pushes: not forwarded');
      return undefined;
    }
  }

  async #end(path: string): Promise<void> {
    const pushes = this.#byPath.get(path) ?? [];
    this.#byPath.delete(path);
    for (const push of pushes) await (await push)?.close();
  }
}
