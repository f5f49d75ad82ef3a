import { EVENT_PATTERN, SluiceError } from '@sluice/core';
import { z } from 'zod';
import { canMatch, createTypeFilter, EVENT_TYPES } from '../proto/event-types.js';
import type { ApiApp } from './app-types.js';
import type { EventClients } from './event-clients.js';
import { EVENT_STREAM_EXAMPLE } from './event-schemas.js';
import { failures } from './schemas.js';

const query = z.strictObject({
  types: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'comma-separated types, `stream.*` for all of a kind', examples: ['stream.*,session.ended'] }),
});
const headers = z.looseObject({ 'last-event-id': z.string().optional().describe('`id` of the last event that came: goes on after it') });
const answer = z.string().meta({ description: 'each `data` line is an `Event`', examples: [EVENT_STREAM_EXAMPLE] });

const schema = {
  operationId: 'events',
  summary: 'Events as they happen',
  description: `Server-sent events with \`id\`, \`event\` (the type) and \`data\` (the event as JSON, in one line), and a comment every 15 s. \`Last-Event-ID\` resumes within the last \`api.eventHistory\`. Types: ${EVENT_TYPES.map((type) => `\`${type}\``).join(', ')}, and those of plugins.`,
  tags: ['events'],
  querystring: query,
  headers,
  response: {
    200: { description: 'events until one side ends it', content: { 'text/event-stream': { schema: answer } } },
    ...failures({ ERR_TOO_MANY_CLIENTS: [503, 'too many clients of /events'] }),
  },
};

/** `GET /events`: server-sent events. */
export function addEventRoutes(app: ApiApp, clients: EventClients, pluginNames: () => readonly string[]): void {
  app.get('/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    checkTypes(request.query.types, pluginNames());
    clients.checkRoom();
    const lastEventId = request.headers['last-event-id'];
    const common = reply.getHeaders() as Record<string, string>;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...common,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    clients.add(reply.raw, createTypeFilter(request.query.types), typeof lastEventId === 'string' ? lastEventId : undefined);
  });
}

function checkTypes(list: string | undefined, plugins: readonly string[]): void {
  const idle = list?.split(',').find((pattern) => !EVENT_PATTERN.test(pattern) || !canMatch(pattern, plugins));
  if (idle !== undefined) throw new SluiceError('ERR_VALIDATION', `types: no event is of the type '${idle}'`, { plugin: 'api', status: 400 });
}
