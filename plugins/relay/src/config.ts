import { z } from 'zod';
import { isTargetRule } from './proto/targets.js';

/** `relay.*` */
export const relayConfig = z.strictObject({
  allow: z
    .array(z.string().refine(isTargetRule, 'must be public, private, loopback, link-local, an address or a CIDR'))
    .default(['public', 'private'])
    .describe('Targets that callers of the API, cc among them, may name: public, private, loopback, link-local, addresses and CIDRs'),
  pushTimeoutSeconds: z
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe('A push is tried again when the server does not take the stream, or takes nothing of it, for this long, in seconds'),
  retryIntervalMs: z.int().min(10).max(600_000).default(1000).describe('Wait before a push is tried again; doubled each time, with jitter, in milliseconds'),
  maxRetryIntervalMs: z.int().min(10).max(3_600_000).default(30_000).describe('Longest such wait, in milliseconds'),
});

/** The config as the plugin uses it. */
export type RelayConfig = z.output<typeof relayConfig>;
