import { EVENT_PATTERN } from '@sluice/core';
import { z } from 'zod';
import { parseSecret } from './proto/secret.js';

const MIB = 1024 * 1024;

const hook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .describe('where events are posted; a user and password in it are sent as Basic credentials'),
  events: z
    .array(z.string().max(128).regex(EVENT_PATTERN, 'a type of event, `stream.*` for all of a kind, or `*`'))
    .min(1)
    .default(['*'])
    .describe('types of events; `stream.*` for all of a kind'),
  secret: z
    .string()
    .max(512)
    .refine((text) => parseSecret(text) !== undefined, 'a secret is `whsec_` and base64')
    .exactOptional()
    .describe('key of the signatures, `whsec_BASE64`; by default a random one, kept in the data folder')
    .meta({ secret: true }),
});

/** `report-http.*` */
export const reportHttpConfig = z.strictObject({
  hooks: z.array(hook).max(100).default([]).describe('receivers'),
  timeoutSeconds: z.number().min(0.1).max(60).default(5).describe('A receiver has to answer within this, in seconds'),
  retryIntervalMs: z.int().min(10).max(600_000).default(1000).describe('Wait before an event is tried again; doubled each time, with jitter, in milliseconds'),
  maxRetryIntervalMs: z.int().min(10).max(86_400_000).default(30_000).describe('Longest such wait, in milliseconds'),
  maxInFlight: z.int().min(1).max(64).default(4).describe('Requests to a receiver at a time'),
  maxRefusals: z.int().min(1).max(1000).default(8).describe('An event that a receiver refuses (4xx) so often becomes a dead letter'),
  keepHours: z.number().min(0.01).max(8760).default(72).describe('An event that did not arrive within this becomes a dead letter, in hours'),
  maxQueued: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Most events kept per receiver; the oldest become dead letters, traffic reports before others'),
  maxQueuedBytes: z
    .int()
    .min(64 * 1024)
    .default(32 * MIB)
    .describe('Most bytes of events kept per receiver, on disk'),
  maxDeadLetters: z.int().min(0).max(1_000_000).default(1000).describe('Most dead letters kept; the oldest go'),
});

/** The config as the plugin uses it. */
export type ReportHttpConfig = z.output<typeof reportHttpConfig>;
/** One receiver. */
export type HookConfig = ReportHttpConfig['hooks'][number];
