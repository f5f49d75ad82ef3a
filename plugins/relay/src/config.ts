import { isPathPattern, isStreamPath, wildcardsOf } from '@sluice/core';
import { z } from 'zod';
import { templateMistake } from './proto/target-template.js';
import { isTargetRule } from './proto/targets.js';

const PUSH_URL = /^(rtmps?|rtsps?):\/\/[^/]+\/.+/i;
const PULL_URL = /^(rtmps?|rtsps?|https?):\/\/[^/]+\/.*/i;
const PUSH_URL_FORM = 'must be rtmp[s]:// or rtsp[s]://HOST[:PORT]/APP/NAME';
const PULL_URL_FORM = 'must be rtmp[s]://, rtsp[s]:// or http[s]://HOST[:PORT]/…';

const match = z
  .string()
  .refine(isPathPattern, 'must be a stream path, with * and ** as wildcards')
  .describe('Paths of streams: * is any part of a name, ** any names');
const transport = z.enum(['auto', 'tcp', 'udp']).exactOptional().describe('How media travels, where the protocol has a choice; auto by default');
const retryIntervalMs = z.int().min(10).max(600_000);

/** The placeholders of a rule's URL stand for wildcards that are there. */
function checkTemplate({ match: pattern, url }: { match: string; url: string }, refinement: z.RefinementCtx): void {
  const mistake = templateMistake(url, wildcardsOf(pattern));
  if (mistake !== undefined) refinement.addIssue({ code: 'custom', path: ['url'], message: mistake });
}

const pushRule = z
  .strictObject({
    match,
    url: z.string().regex(PUSH_URL, PUSH_URL_FORM).describe('Where they go; {path} is the path, {1} or $1, {2} … what the wildcards of match stand for'),
  })
  .superRefine(checkTemplate);

const source = z
  .strictObject({
    match,
    url: z.string().regex(PULL_URL, PULL_URL_FORM).describe('Where they are; {path} is the path, {1} or $1, {2} … what the wildcards of match stand for'),
    retries: z.int().min(0).max(1000).default(4).describe('Tries after the first until a viewer is told that the stream cannot be had'),
    retryIntervalMs: retryIntervalMs.default(1000).describe('Wait between them, in milliseconds'),
    idleSeconds: z.number().min(0.1).max(86_400).exactOptional().describe('A pull ends so long after its last viewer left; left out: engine.idleSeconds'),
    transport,
  })
  .superRefine(checkTemplate);

const pull = z.strictObject({
  path: z.string().refine(isStreamPath, 'must be a stream path: app/name').describe('Stream here'),
  url: z.string().regex(PULL_URL, PULL_URL_FORM).describe('Where it is'),
  transport,
});

/** `relay.*` */
export const relayConfig = z.strictObject({
  allow: z
    .array(z.string().refine(isTargetRule, 'must be public, private, loopback, link-local, an address or a CIDR'))
    .default(['public', 'private'])
    .describe('Targets that callers of the API, cc among them, may name: public, private, loopback, link-local, addresses and CIDRs'),
  sources: z.array(source).default([]).describe('Where streams are that viewers ask for and that are not here; the first that matches counts'),
  pulls: z
    .array(pull)
    .refine((pulls) => new Set(pulls.map(({ path }) => path)).size === pulls.length, 'must have one pull for a path')
    .default([])
    .describe('Streams that are brought whether anybody watches or not; relay.allow says nothing of these'),
  pushes: z.array(pushRule).default([]).describe('Streams that are forwarded while they are there; relay.allow says nothing of these'),
  maxPulls: z.int().min(0).default(1000).describe('Most pulls of the API at once, and most by demand'),
  maxPushes: z.int().min(0).default(1000).describe('Most pushes of the API at once'),
  pullTimeoutSeconds: z
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe('A pull is tried again when the server sends no media within this time, in seconds; once it did, engine.receiveTimeoutSeconds counts'),
  pushTimeoutSeconds: z
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe('A push is tried again when the server does not take the stream, or takes nothing of it, for this long, in seconds'),
  retryIntervalMs: retryIntervalMs.default(1000).describe('Wait before a pull or push is tried again; doubled each time, with jitter, in milliseconds'),
  maxRetryIntervalMs: z.int().min(10).max(3_600_000).default(30_000).describe('Longest such wait, in milliseconds'),
});

/** The config as the plugin uses it. */
export type RelayConfig = z.output<typeof relayConfig>;
/** One of `relay.sources`. */
export type RelaySource = RelayConfig['sources'][number];
