import { z } from 'zod';
import { cursorAfter, keyOfCursor } from '../proto/page.js';

/** ISO 8601 UTC, as the API writes times. */
export const time = z.iso.datetime();

/** ISO 8601 with a zone, as callers may write times. */
export const zonedTime = z.iso.datetime({ offset: true }).describe('ISO 8601 with a zone');

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items of the answer'),
  cursor: z
    .string()
    .max(8192)
    .refine((cursor) => keyOfCursor(cursor) !== undefined, 'not a cursor of this list')
    .optional()
    .describe('`next` of the answer before'),
});

/** A page of `item`s, whose examples are its own. */
export function pageBody<T extends z.ZodType>(item: T) {
  const items = examplesOf(item);
  return z
    .object({ items: z.array(item), next: z.string().optional().describe('cursor of what follows; left out where nothing does') })
    .meta({ examples: [{ items }, { items, next: cursorAfter('live/cam1') }] });
}

/** Examples that a schema was given; none where it is not one of zod. */
export function examplesOf(schema: unknown): unknown[] {
  if (!(schema instanceof z.ZodType)) return [];
  return (z.globalRegistry.get(schema)?.examples as unknown[] | undefined) ?? [];
}

/** A schema with examples of its values, which are checked by the compiler. */
export function withExamples<T extends z.ZodType>(schema: T, ...examples: z.input<T>[]): T {
  return schema.meta({ examples });
}

/** `{ error: { code, message } }`. */
const errorBody = z
  .object({
    error: z.object({
      code: z
        .string()
        .regex(/^ERR_[A-Z0-9_]+$/)
        .describe('stable, for programs'),
      message: z.string().describe('for people'),
    }),
  })
  .meta({ id: 'Error', examples: [{ error: { code: 'ERR_STREAM_NOT_FOUND', message: "no stream 'live/none'" } }] });

/** Failures of a route by code, each with its status and a message it has. */
export type FailureCases = Readonly<Record<string, readonly [status: number, message: string]>>;

/** The answers to failures, for `response` of a route's schema. */
export function failures(cases: FailureCases): Record<number, typeof errorBody> {
  const byStatus = new Map<number, [code: string, message: string][]>();
  for (const [code, [status, message]] of Object.entries(cases)) byStatus.set(status, [...(byStatus.get(status) ?? []), [code, message]]);
  const answers = [...byStatus].map(([status, list]) => {
    const examples = list.map(([code, message]) => ({ error: { code, message } }));
    return [status, errorBody.meta({ description: list.map(([code]) => code).join(', '), examples })];
  });
  return Object.fromEntries(answers) as Record<number, typeof errorBody>;
}

/** The failure of a route whose plugin may not be loaded. */
export function withoutPlugin(plugin: string): FailureCases {
  return { ERR_NOT_AVAILABLE: [404, `plugin '${plugin}' is not loaded`] };
}

/** No body. */
export const noBody = z.void().describe('done');

/** A query or a body without fields. */
export const noFields = z.strictObject({});

/** The rest of the URL: a stream's path, slashes encoded or not. */
export const pathParams = z.object({
  '*': z
    .string()
    .min(1)
    .meta({ description: 'path of the stream; its slashes may be encoded', examples: ['live/cam1'] }),
});

/** `:id`, with an example of one. */
export function idParams(example: string, longest = 128) {
  return z.object({
    id: z
      .string()
      .min(1)
      .max(longest)
      .meta({ examples: [example] }),
  });
}
