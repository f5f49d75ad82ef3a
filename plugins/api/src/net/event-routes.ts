import { EVENT_PATTERN, SluiceError } from '@sluice/core';
import { z } from 'zod';
import { canMatch, createTypeFilter } from '../proto/event-types.js';
import type { ApiApp } from './app-types.js';
import type { EventClients } from './event-clients.js';

const query = z.strictObject({ types: z.string().max(1024).optional().describe('comma-separated types, `stream.*` for all of a kind') });
const answer = z.string().describe('text/event-stream; `data` is the event as JSON');

/** `GET /events`: server-sent events. */
export function addEventRoutes(app: ApiApp, clients: EventClients, pluginNames: () => readonly string[]): void {
  const schema = {
    summary: 'Events as they happen; Last-Event-ID resumes',
    tags: ['events'],
    querystring: query,
    produces: ['text/event-stream'],
    response: { 200: answer },
  };
  app.get('/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    checkTypes(request.query.types, pluginNames());
    clients.checkRoom();
    const lastEventId = request.headers['last-event-id'];
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    clients.add(reply.raw, createTypeFilter(request.query.types), typeof lastEventId === 'string' ? lastEventId : undefined);
  });
}

function checkTypes(list: string | undefined, plugins: readonly string[]): void {
  const idle = list?.split(',').find((pattern) => !EVENT_PATTERN.test(pattern) || !canMatch(pattern, plugins));
  if (idle !== undefined) throw new SluiceError('ERR_VALIDATION', `types: no event is of the type '${idle}'`, { plugin: 'api', status: 400 });
}
