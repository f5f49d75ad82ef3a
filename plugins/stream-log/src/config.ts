import { z } from 'zod';
import { isTimeZone } from './proto/day.js';

const MIB = 1024 * 1024;

/** `stream-log.*` */
export const streamLogConfig = z.strictObject({
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'a time zone of the IANA data base, such as Asia/Shanghai')
    .exactOptional()
    .describe("Whose midnight begins a new file; default the system's"),
  level: z.enum(['info', 'warn', 'error']).default('warn').describe('Least important lines of the log that are written beside the events'),
  foldSeconds: z.number().min(1).max(86_400).default(60).describe('Lines of the log that say the same within this are counted and written once, in seconds'),
  retainDays: z.int().min(1).max(36_500).default(30).describe('Files older than this are deleted, in days; today is the first'),
  maxBytes: z
    .int()
    .min(MIB)
    .default(1024 * MIB)
    .describe('Most bytes of all files; the oldest go'),
  maxFileBytes: z
    .int()
    .min(64 * 1024)
    .default(64 * MIB)
    .describe('Most bytes of a file; what else happens on that day is left out, and said so'),
});

/** The config as the plugin uses it. */
export type StreamLogConfig = z.output<typeof streamLogConfig>;
