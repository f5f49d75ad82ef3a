import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { channelAnswer, channelInfo, createBody, deleteAnswer, deleteBody, startBody } from './calls.js';
import type { ChannelTable } from './channels.js';

type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>;

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items of the answer'),
  cursor: z.string().max(64).optional().describe('`next` of the answer before'),
});
const listAnswer = z.object({ items: z.array(channelInfo), next: z.string().optional() });
const tags = ['cc'];
const failures = { 400: errorBody, 403: errorBody, 404: errorBody, 409: errorBody, 503: errorBody };

/** The four calls of cc, below `/api/v1`. */
export function addRoutes(plain: FastifyInstance, channels: ChannelTable): void {
  const app: App = plain.withTypeProvider<ZodTypeProvider>();
  const create = {
    summary: 'Takes an SSRC and a port for a stream that will be sent here',
    tags,
    body: createBody,
    response: { 200: channelAnswer, ...failures },
  };
  app.post('/create_pullChannel', { schema: create }, (request) => channels.create(request.body) as Promise<never>);
  const start = {
    summary: 'Starts receiving; connects out for tcp-active',
    tags,
    body: startBody,
    response: { 200: channelAnswer, ...failures, 502: errorBody },
  };
  app.post('/start_pullChannel', { schema: start }, (request) => {
    const { channelId, ...rest } = request.body;
    return channels.start(channelId, rest) as Promise<never>;
  });
  const remove = { summary: 'Ends a channel and its stream', tags, body: deleteBody, response: { 200: deleteAnswer, 404: errorBody } };
  app.post('/delete_pullChannel', { schema: remove }, async (request) => {
    await channels.delete(request.body.channelId);
    return { channelId: request.body.channelId, state: 'closed' } as never;
  });
  const list = { summary: 'The channels', tags, querystring: listQuery, response: { 200: listAnswer } };
  app.get('/get_pushChannels', { schema: list }, (request) => {
    const { limit, cursor = '' } = request.query;
    const all = channels.infos().sort((a, b) => (a.channelId < b.channelId ? -1 : 1));
    const after = all.filter(({ channelId }) => channelId > cursor);
    const items = after.slice(0, limit);
    const last = items.at(-1);
    return { items, ...(after.length > limit && last !== undefined ? { next: last.channelId } : {}) } as never;
  });
}
