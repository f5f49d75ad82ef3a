import { type ApiApp, failures, idParams, noBody, pageBody, pageOf, pageQuery, time, withExamples } from '@sluice/plugin-api/service';
import { z } from 'zod';
import type { DeadLetter } from './letter.js';
import type { Webhooks } from './webhooks.js';

const receiver = withExamples(
  z.object({
    id: z.string(),
    url: z.string().describe('secrets hidden'),
    events: z.array(z.string()),
    state: z.enum(['ok', 'failing']).describe('failing from a failure until something arrives'),
    queued: z.number(),
    queuedBytes: z.number(),
    inFlight: z.number(),
    delivered: z.number().describe('since the start of the process, as the next two'),
    failedTries: z.number(),
    dropped: z.number().describe('given up for want of room'),
    deadLetters: z.number(),
    lastDeliveredAt: time.optional(),
    lastFailure: z.object({ at: time, reason: z.string() }).optional(),
  }),
  {
    id: 'hook-0',
    url: 'https://example.com/hooks',
    events: ['stream.*'],
    state: 'ok',
    queued: 0,
    queuedBytes: 0,
    inFlight: 0,
    delivered: 42,
    failedTries: 1,
    dropped: 0,
    deadLetters: 0,
    lastDeliveredAt: '2026-05-04T08:00:00.000Z',
    lastFailure: { at: '2026-05-04T07:59:00.000Z', reason: 'HTTP 503' },
  },
).meta({ id: 'Webhook' });
const deadLetter = withExamples(
  z.object({
    id: z.string(),
    webhook: z.string().describe('id of the receiver'),
    tries: z.number(),
    reason: z.string(),
    deadAt: time,
    event: z.object({ id: z.string(), type: z.string(), timestamp: time, seq: z.number(), data: z.record(z.string(), z.unknown()) }),
  }),
  {
    id: '17',
    webhook: 'hook-0',
    tries: 12,
    reason: 'HTTP 410',
    deadAt: '2026-05-04T08:00:00.000Z',
    event: {
      id: '9d08029c-6ebe-4dfb-bfd0-ddb9fd28ca95',
      type: 'stream.closed',
      timestamp: '2026-05-03T08:00:00.000Z',
      seq: 7,
      data: { path: 'live/cam1', reason: { code: 'ended' } },
    },
  },
).meta({ id: 'DeadLetter' });
// Letters are read from the disk, after the number of the last one.
const deadQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('`next` of the answer before'),
});
const params = idParams('17', 64);
const unknown = { ERR_DEAD_LETTER_UNKNOWN: [404, 'no dead letter 18'] } as const;
const tags = ['webhooks'];

/** `/webhooks`, below `/api/v1`. */
export function addRoutes(app: ApiApp, webhooks: Webhooks): void {
  const list = {
    operationId: 'listWebhooks',
    summary: 'The receivers of webhooks, and how they do',
    tags,
    querystring: pageQuery,
    response: { 200: pageBody(receiver) },
  };
  app.get('/webhooks', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(webhooks.infos(), ({ id }) => id, limit, cursor) as never;
  });
  const dead = {
    operationId: 'listDeadLetters',
    summary: 'Events that did not arrive and are not tried any more',
    tags,
    querystring: deadQuery,
    response: { 200: pageBody(deadLetter) },
  };
  app.get('/webhooks/dead-letters', { schema: dead }, (request) => {
    const { limit, cursor = '0' } = request.query;
    const found = webhooks.deadLetters(Number(cursor), limit + 1);
    const items = found.slice(0, limit);
    return { items: items.map(plainLetter), ...(found.length > limit ? { next: String(items.at(-1)?.row) } : {}) } as never;
  });
  const retry = {
    operationId: 'retryDeadLetter',
    summary: 'Sends a dead letter again',
    tags,
    params,
    response: { 202: noBody, ...failures({ ...unknown, ERR_HOOK_UNKNOWN: [409, 'the receiver of this event is not configured any more'] }) },
  };
  app.post('/webhooks/dead-letters/:id/retry', { schema: retry }, (request, reply) => {
    webhooks.retry(request.params.id);
    return reply.code(202).send() as never;
  });
  const remove = { operationId: 'deleteDeadLetter', summary: 'Deletes a dead letter', tags, params, response: { 204: noBody, ...failures(unknown) } };
  app.delete('/webhooks/dead-letters/:id', { schema: remove }, (request, reply) => {
    webhooks.deleteDeadLetter(request.params.id);
    return reply.code(204).send() as never;
  });
}

function plainLetter({ row, hook, tries, reason, deadAtMs, body }: DeadLetter) {
  return { id: String(row), webhook: hook, tries, reason, deadAt: new Date(deadAtMs).toISOString(), event: JSON.parse(body) };
}
