import type { Logger } from 'pino';
import { createEngine, type Engine } from '../engine.js';
import { messageOf } from '../error.js';
import type { Plugin, RehearsalSource } from '../plugin/types.js';
import { type Link, type LinkOptions, type StreamClient, streamClients } from '../stream/link.js';
import type { Publisher } from '../stream/types.js';

/** How long, and with what. */
export interface RehearsalOptions {
  /** Folder of the engine that is rehearsed with. */
  readonly data: string;
  readonly logger: Logger;
  /** No join begins after it, and one that takes as long is given up, in milliseconds. Default 1000. */
  readonly budgetMs?: number;
  /** Most joins of each protocol. Default 20. */
  readonly rounds?: number;
}

const SOURCE = 'rehearsal/source';
const TAKEN = 'rehearsal/pushed';
/** The port that other programs may reach is not opened before its time. */
const LOOPBACK = '127.0.0.1';

/**
 * Plays the piece through before the audience comes: publishes and plays a made-up stream over each protocol that may (`rehearsal` of its plugin),
 * in an engine of its own on loopback which nobody is told of. V8 compiles what it has seen running, so the first viewer of the real engine
 * waits no longer than the hundredth. Answers how many joins there were; what fails is logged and keeps nobody from starting.
 */
export async function rehearse(plugins: readonly Plugin[], { data, logger, budgetMs = 1000, rounds = 20 }: RehearsalOptions): Promise<number> {
  const cast = castOf(plugins);
  const source = cast.find(({ rehearsal }) => rehearsal?.source !== undefined)?.rehearsal?.source;
  if (source === undefined) return 0;
  const config = Object.fromEntries(cast.map(({ name, rehearsal }) => [name, rehearsal?.config ?? {}]));
  try {
    const engine = await createEngine({ plugins: cast, config: { ...config, engine: { data, host: LOOPBACK } } });
    try {
      await engine.start();
      return await play(engine, source, { budgetMs, rounds });
    } finally {
      await engine.stop();
    }
  } catch (error) {
    logger.debug({ err: error }, `the rehearsal failed: ${messageOf(error)}`);
    return 0;
  }
}

/** Plugins that may rehearse, and those that they need; a plugin whose needs cannot be met stays out. */
export function castOf(plugins: readonly Plugin[]): Plugin[] {
  const able = plugins.filter(({ rehearsal }) => rehearsal !== undefined);
  const provided = new Set(able.flatMap(({ provides = [] }) => provides.map(({ name }) => name)));
  return able.filter(({ requires = [] }) => requires.every(({ name }) => provided.has(name)));
}

async function play(engine: Engine, source: RehearsalSource, { budgetMs, rounds }: Required<Pick<RehearsalOptions, 'budgetMs' | 'rounds'>>): Promise<number> {
  const until = performance.now() + budgetMs;
  const clients = engine.extensions(streamClients);
  const publisher = await engine.publish(SOURCE, { tracks: source.tracks });
  const playing = new AbortController();
  const feeding = feed(publisher, source, playing.signal);
  let joins = 0;
  try {
    const pushes = await Promise.all(clients.map((client) => open(engine, client, 'push', SOURCE, { there: `${TAKEN}/${client.name}`, timeoutMs: budgetMs })));
    for (let round = 0; round < rounds && performance.now() < until; round++) {
      const pulls = clients.map((client) => open(engine, client, 'pull', `rehearsal/pulled/${client.name}`, { there: SOURCE, timeoutMs: budgetMs }));
      for (const link of await Promise.all(pulls)) {
        if (link === undefined) continue;
        joins++;
        link.close();
      }
    }
    for (const link of pushes) link?.close();
  } finally {
    playing.abort();
    await feeding;
    await publisher.close();
  }
  return joins;
}

async function feed(publisher: Publisher, source: RehearsalSource, playing: AbortSignal): Promise<void> {
  for (let index = 0; !playing.aborted; index++) {
    for (const frame of source.frames(index)) publisher.write(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The link once media flows; undefined where the protocol has not got the direction, does not listen, or fails. */
function open(
  engine: Engine,
  client: StreamClient,
  direction: 'pull' | 'push',
  path: string,
  { there, timeoutMs }: { readonly there: string; readonly timeoutMs: number },
): Promise<Link | undefined> {
  const url = client.localUrl?.(engine.addresses, there);
  if (url === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let link: Link | undefined;
    const options: LinkOptions = { path, url, transport: 'tcp', timeoutMs, onLive: () => resolve(link), onEnd: () => resolve(undefined) };
    link = client[direction]?.(options);
    if (link === undefined) resolve(undefined);
  });
}
