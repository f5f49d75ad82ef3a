import type { ServerResponse } from 'node:http';
import { type PluginContext, SluiceError } from '@sluice/core';
import type { ApiConfig } from '../config.js';
import { EventHistory } from '../proto/event-history.js';
import { EventClient } from './event-client.js';

const KEEP_ALIVE_MS = 15_000;
/** A client that takes nothing for a minute is gone. */
const MAX_STUCK_TICKS = 4;

/** The clients of `GET /events`. */
export interface EventClients {
  /** Throws `ERR_TOO_MANY_CLIENTS` (503). */
  checkRoom(): void;
  /** Sends events on `response`, whose head is written, until it closes. */
  add(response: ServerResponse, wanted: (type: string) => boolean, lastEventId: string | undefined): void;
}

/** Listens to the reports of the engine from now on. */
export function createEventClients(ctx: PluginContext, config: ApiConfig): EventClients {
  const history = new EventHistory(config.eventHistory);
  const clients = new Set<EventClient>();
  ctx.hooks.report((event) => {
    history.add(event);
    for (const client of clients) client.send();
  });
  const cancel = ctx.clock.every(KEEP_ALIVE_MS, () => {
    for (const client of clients) client.tick(MAX_STUCK_TICKS);
  });
  ctx.onDispose(() => {
    cancel();
    for (const client of clients) client.end();
  });
  return {
    checkRoom() {
      if (clients.size >= config.maxEventClients) throw new SluiceError('ERR_TOO_MANY_CLIENTS', 'too many clients of /events', { plugin: 'api', status: 503 });
    },
    add(response, wanted, lastEventId) {
      const client = new EventClient(response, history, wanted, lastEventId === undefined ? history.next : history.after(lastEventId));
      clients.add(client);
      response.on('close', () => clients.delete(client));
      client.send();
    },
  };
}
