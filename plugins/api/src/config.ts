import { isKnownSecret } from '@sluice/core';
import { z } from 'zod';

const secretKey = z
  .string()
  .min(1, { abort: true })
  .max(512)
  .regex(/^[\x21-\x7e]+$/, { error: 'printable ASCII without spaces', abort: true })
  .refine((key) => !isKnownSecret(key), 'a key that everybody knows')
  .meta({ secret: true });

/** RFC 6454 7: no path, not even a slash. */
const ORIGIN = /^(\*|https?:\/\/[a-z0-9.:[\]-]+)$/;

/** Options of the HTTP API. */
export const apiConfig = z.strictObject({
  key: secretKey.exactOptional().describe('key with the role admin; by default a random one, kept in the data folder and shown once'),
  keys: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(128).describe('name of the key, for people'),
        key: secretKey.describe('the key itself'),
        role: z.enum(['read', 'operate', 'admin']).describe('what it may do'),
        expiresAt: z.iso.datetime({ offset: true }).exactOptional().describe('when it ends, ISO 8601'),
      }),
    )
    .default([])
    .describe('further keys with their roles'),
  origins: z
    .array(z.string().regex(ORIGIN, 'expected an origin, as https://console.example, or *'))
    .default([])
    .describe('web pages of these origins may ask too, with a key: https://console.example; * is all'),
  eventHistory: z.int().min(100).max(100_000).default(1000).describe('how many events a client that comes back can catch up with'),
  maxEventClients: z.int().min(1).default(100).describe('most clients of GET /events at once'),
});

/** The options, checked. */
export type ApiConfig = z.output<typeof apiConfig>;
