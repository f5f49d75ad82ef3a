import { z } from 'zod';
import type { EVENT_TYPES } from '../proto/event-types.js';
import { linkState } from './relay-common.js';
import { time, withExamples } from './schemas.js';
import { examplePublisher, publisherBody, reasonBody, sessionBody, trackBody } from './stream-schemas.js';

const path = z.string().describe('of the stream');
const ended = sessionBody.extend({ durationMs: z.number(), reason: reasonBody });

/** What the events of the contract say, by their type. */
const DATA = {
  'server.started': z.object({ version: z.string(), preset: z.string().optional() }),
  'server.stopping': z.object({ reason: z.string() }),
  'stream.published': z.object({ path, publisher: publisherBody.nullable() }),
  'stream.tracks': z.object({ path, tracks: z.array(trackBody) }),
  'stream.lingering': z.object({ path, reason: reasonBody }),
  'stream.closed': z.object({ path, reason: reasonBody }),
  'session.started': z.object({ path, session: sessionBody }),
  'session.ended': z.object({ path, session: ended, bytes: z.number(), durationMs: z.number(), reason: reasonBody }),
  'traffic.report': z.object({
    path,
    session: sessionBody,
    bytesDelta: z.number().describe('since the report before'),
    bytesTotal: z.number(),
    final: z.boolean().describe('the session is over'),
  }),
  'pull.state': z.object(linkState),
  'push.state': z.object(linkState),
  'gb28181.device.online': z.object({ id: z.string(), transport: z.enum(['udp', 'tcp']), remote: z.string() }),
  'gb28181.device.offline': z.object({ id: z.string(), reason: z.string() }),
  'gb28181.alarm': z.object({
    device: z.string(),
    source: z.string().describe('id of what raised it: an alarm input, a channel, or the device itself'),
    time: time.optional(),
    priority: z.number().optional().describe('1 (most) to 4'),
    method: z.number().optional(),
    type: z.number().optional(),
    eventType: z.number().optional(),
    description: z.string().optional(),
    longitude: z.number().optional(),
    latitude: z.number().optional(),
  }),
} satisfies Record<(typeof EVENT_TYPES)[number], z.ZodType>;

function eventOf<T extends keyof typeof DATA>(type: T) {
  return z.object({
    id: z.string().describe('unique; for Last-Event-ID'),
    type: z.literal(type),
    timestamp: time,
    seq: z.number().describe('counts per path, or per type where there is none'),
    data: DATA[type],
  });
}

/** An event: one form for server-sent events and webhooks. No route answers with it and nothing imports it: by its `id` it is among the document's schemas. */
export const eventBody = withExamples(
  z.discriminatedUnion('type', [
    eventOf('server.started'),
    eventOf('server.stopping'),
    eventOf('stream.published'),
    eventOf('stream.tracks'),
    eventOf('stream.lingering'),
    eventOf('stream.closed'),
    eventOf('session.started'),
    eventOf('session.ended'),
    eventOf('traffic.report'),
    eventOf('pull.state'),
    eventOf('push.state'),
    eventOf('gb28181.device.online'),
    eventOf('gb28181.device.offline'),
    eventOf('gb28181.alarm'),
  ]),
  {
    id: '9d08029c-6ebe-4dfb-bfd0-ddb9fd28ca95',
    type: 'stream.published',
    timestamp: '2026-05-04T08:00:00.000Z',
    seq: 1,
    data: { path: 'live/cam1', publisher: examplePublisher },
  },
).meta({ id: 'Event', description: 'What the contract names; plugins tell of more, under their own names and in the same frame' });

/** Two events as they are sent. */
export const EVENT_STREAM_EXAMPLE = [
  'id: 9d08029c-6ebe-4dfb-bfd0-ddb9fd28ca95',
  'event: stream.closed',
  'data: {"id":"9d08029c-6ebe-4dfb-bfd0-ddb9fd28ca95","type":"stream.closed","timestamp":"2026-05-04T08:10:00.000Z","seq":7,"data":{"path":"live/cam1","reason":{"code":"ended"}}}',
  '',
  ': still here',
  '',
  '',
].join('\n');
