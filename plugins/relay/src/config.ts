import { isPathPattern, wildcardsOf } from '@sluice/core';
import { z } from 'zod';
import { templateMistake } from './proto/target-template.js';
import { isTargetRule } from './proto/targets.js';

const pushRule = z
  .strictObject({
    match: z
      .string()
      .refine(isPathPattern, 'must be a stream path, with * and ** as wildcards')
      .describe('Paths of streams: * is any part of a name, ** any names'),
    url: z
      .string()
      .regex(/^rtmps?:\/\/[^/]+\/.+/i, 'must be rtmp[s]://HOST[:PORT]/APP/NAME')
      .describe('Where they go; {path} is the path, {1}, {2} … what the wildcards of match stand for'),
  })
  .superRefine(({ match, url }, refinement) => {
    const mistake = templateMistake(url, wildcardsOf(match));
    if (mistake !== undefined) refinement.addIssue({ code: 'custom', path: ['url'], message: mistake });
  });

/** `relay.*` */
export const relayConfig = z.strictObject({
  allow: z
    .array(z.string().refine(isTargetRule, 'must be public, private, loopback, link-local, an address or a CIDR'))
    .default(['public', 'private'])
    .describe('Targets that callers of the API, cc among them, may name: public, private, loopback, link-local, addresses and CIDRs'),
  pushes: z.array(pushRule).default([]).describe('Streams that are forwarded while they are there; relay.allow says nothing of these'),
  maxPushes: z.int().min(0).default(1000).describe('Most pushes of the API at once'),
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
