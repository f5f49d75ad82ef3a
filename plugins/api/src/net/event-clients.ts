import type { ServerResponse } from 'node:http';
import { type PluginContext, type ReportEvent, SluiceError } from '@sluice/core';
import type { ApiConfig } from '../config.js';
import { EventHistory } from '../proto/event-history.js';
import { KEEP_ALIVE, serializeServerSentEvent } from '../proto/server-sent-event.js';

const KEEP_ALIVE_MS = 15_000;
/** A client that leaves more unread is cut; it can resume. */
const MAX_QUEUED_BYTES = 1024 * 1024;

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
  const clients = new Map<ServerResponse, (type: string) => boolean>();
  const write = (response: ServerResponse, text: string): void => {
    response.write(text);
    if (response.writableLength > MAX_QUEUED_BYTES) response.destroy();
  };
  ctx.hooks.report((event: ReportEvent) => {
    history.add(event);
    if (clients.size === 0) return;
    let text: string | undefined;
    for (const [response, wanted] of clients) {
      if (!wanted(event.type)) continue;
      text ??= serializeServerSentEvent(event);
      write(response, text);
    }
  });
  const cancel = ctx.clock.every(KEEP_ALIVE_MS, () => {
    for (const response of clients.keys()) write(response, KEEP_ALIVE);
  });
  ctx.onDispose(() => {
    cancel();
    for (const response of clients.keys()) response.end();
  });
  return {
    checkRoom() {
      if (clients.size >= config.maxEventClients) throw new SluiceError('ERR_TOO_MANY_CLIENTS', 'too many clients of /events', { plugin: 'api', status: 503 });
    },
    add(response, wanted, lastEventId) {
      clients.set(response, wanted);
      response.on('close', () => clients.delete(response));
      response.write(KEEP_ALIVE);
      if (lastEventId === undefined) return;
      for (const event of history.after(lastEventId)) {
        if (wanted(event.type)) write(response, serializeServerSentEvent(event));
      }
    },
  };
}
