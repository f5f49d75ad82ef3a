import { z } from 'zod';

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items of the answer'),
  cursor: z.string().max(2048).optional().describe('`next` of the answer before'),
});

/** `{ error: { code, message } }`. */
export const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) }).meta({ id: 'Error' });

/** The rest of the URL: a stream's path, slashes encoded or not. */
export const pathParams = z.object({ '*': z.string().min(1) });

const track = z.object({
  id: z.number(),
  kind: z.string(),
  codec: z.string(),
  width: z.number().optional(),
  height: z.number().optional(),
  fps: z.number().optional(),
  profile: z.string().optional(),
  sampleRate: z.number().optional(),
  channels: z.number().optional(),
});

/** A stream, for the OpenAPI document. */
export const streamBody = z
  .object({
    path: z.string(),
    state: z.enum(['waiting', 'live', 'lingering']),
    instance: z.string(),
    publisher: z
      .object({ sessionId: z.string(), protocol: z.string(), remote: z.string().optional(), since: z.string(), query: z.record(z.string(), z.string()) })
      .nullable(),
    tracks: z.array(track),
    viewers: z.number(),
    bytesIn: z.number(),
    bytesOut: z.number(),
    bitrate: z.number().describe('bit/s'),
    gopMs: z.number(),
    health: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Stream' });

/** A session, for the OpenAPI document. */
export const sessionBody = z
  .object({
    id: z.string(),
    kind: z.enum(['publisher', 'viewer']),
    stream: z.string(),
    protocol: z.string(),
    remote: z.string().optional(),
    userAgent: z.string().optional(),
    query: z.record(z.string(), z.string()),
    since: z.string(),
    bytesIn: z.number(),
    bytesOut: z.number(),
    lagMs: z.number(),
    drops: z.number(),
  })
  .meta({ id: 'Session' });

/** A page of something. */
export function pageBody<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}

/** No body. */
export const noBody = z.void().describe('done');
