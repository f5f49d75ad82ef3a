import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { DeadLetter } from './letter.js';
import type { Webhooks } from './webhooks.js';

type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>;

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const time = z.iso.datetime();
const receiver = z
  .object({
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
  })
  .meta({ id: 'Webhook' });
const deadLetter = z
  .object({
    id: z.string(),
    webhook: z.string().describe('id of the receiver'),
    tries: z.number(),
    reason: z.string(),
    deadAt: time,
    event: z.object({ id: z.string(), type: z.string(), timestamp: time, seq: z.number(), data: z.record(z.string(), z.unknown()) }),
  })
  .meta({ id: 'DeadLetter' });
const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items of the answer'),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('`next` of the answer before'),
});
const noBody = z.void().describe('done');
const params = z.object({ id: z.string().max(64) });
const tags = ['webhooks'];

/** `/webhooks`, below `/api/v1`. */
export function addRoutes(plain: FastifyInstance, webhooks: Webhooks): void {
  const app: App = plain.withTypeProvider<ZodTypeProvider>();
  const list = { summary: 'The receivers of webhooks, and how they do', tags, response: { 200: z.object({ items: z.array(receiver) }) } };
  app.get('/webhooks', { schema: list }, () => ({ items: webhooks.infos() }) as never);
  const dead = {
    summary: 'Events that did not arrive and are not tried any more',
    tags,
    querystring: listQuery,
    response: { 200: z.object({ items: z.array(deadLetter), next: z.string().optional() }), 400: errorBody },
  };
  app.get('/webhooks/dead-letters', { schema: dead }, (request) => {
    const { limit, cursor = '0' } = request.query;
    const found = webhooks.deadLetters(Number(cursor), limit + 1);
    const items = found.slice(0, limit);
    return { items: items.map(plainLetter), ...(found.length > limit ? { next: String(items.at(-1)?.row) } : {}) } as never;
  });
  const retry = { summary: 'Sends a dead letter again', tags, params, response: { 202: noBody, 404: errorBody, 409: errorBody } };
  app.post('/webhooks/dead-letters/:id/retry', { schema: retry }, (request, reply) => {
    webhooks.retry(request.params.id);
    return reply.code(202).send() as never;
  });
  const remove = { summary: 'Deletes a dead letter', tags, params, response: { 204: noBody, 404: errorBody } };
  app.delete('/webhooks/dead-letters/:id', { schema: remove }, (request, reply) => {
    webhooks.deleteDeadLetter(request.params.id);
    return reply.code(204).send() as never;
  });
}

function plainLetter({ row, hook, tries, reason, deadAtMs, body }: DeadLetter) {
  return { id: String(row), webhook: hook, tries, reason, deadAt: new Date(deadAtMs).toISOString(), event: JSON.parse(body) };
}
