import { z } from 'zod';

const MIB = 1024 * 1024;

const delivery = z
  .strictObject({
    minMergeMs: z
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .describe('Smallest window in which frames are joined into one write, in ms; the first picture behind it is the last one in it'),
    maxMergeMs: z.number().min(0).max(1000).default(50).describe('Largest joining window under load, in ms'),
    maxLagMs: z.number().int().min(100).default(2000).describe('A viewer further behind than this jumps to the newest key frame, in ms'),
    maxLagBytes: z
      .number()
      .int()
      .min(64 * 1024)
      .default(2 * MIB)
      .describe('A viewer with more unsent bytes than this jumps to the newest key frame'),
    slowSeconds: z.number().min(1).default(10).describe('A viewer that stays behind for this long is disconnected, in seconds'),
  })
  .refine((value) => value.minMergeMs <= value.maxMergeMs, { error: 'minMergeMs must not be larger than maxMergeMs', path: ['minMergeMs'] });

const gop = z.strictObject({
  maxBytes: z
    .number()
    .int()
    .min(0)
    .default(8 * MIB)
    .describe('Most bytes kept per stream and form for viewers that join'),
  maxSeconds: z.number().min(0).default(10).describe('Most media time kept per stream and form for viewers that join, in seconds'),
});

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').describe('Least important log level that is written'),
});

const limits = z.strictObject({
  maxStreams: z.number().int().min(1).default(10_000).describe('Most streams at a time'),
  failuresPerSecond: z
    .number()
    .min(0.01)
    .max(100_000)
    .default(20)
    .describe('Wrong credentials of one address in a second, in the long run (streams and API); more are refused unlooked at'),
  failureBurst: z.number().int().min(1).max(1_000_000).default(1000).describe('Wrong credentials that one address may present at once'),
  maxViewers: z.number().int().min(1).default(100_000).describe('Most viewers at a time'),
});

/** The settings of the engine itself, `engine.*` in a config. */
export const engineSchema = z.strictObject({
  data: z.string().min(1).default('./data').describe('Folder of everything that is kept, made when missing'),
  host: z.string().min(1).exactOptional().describe('Address that is listened on; without it 0.0.0.0, and :: where there is IPv6'),
  lingerSeconds: z.number().min(0).default(15).describe('How long the stream of a lost publisher stays, in seconds'),
  streamWaitSeconds: z.number().min(0).default(20).describe('How long a viewer waits for a stream that is being fetched, in seconds'),
  idleSeconds: z.number().min(0).default(30).describe('How long a fetched stream without viewers stays, in seconds'),
  setupSeconds: z.number().min(0.01).max(3600).default(30).describe('A plugin that takes longer to set up or to listen ends the start, in seconds'),
  shutdownSeconds: z.number().min(0).default(10).describe('How long a stop may take before connections are cut, in seconds'),
  rehearse: z
    .boolean()
    .default(true)
    .describe('Whether a made-up stream is played through each protocol before the start, so that the first viewer waits no longer than others'),
  publisherConflict: z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe('What happens to a second publisher of a path: it is refused, or replaces the first'),
  receiveTimeoutSeconds: z.number().min(1).max(3600).default(15).describe('A publisher silent for this long is taken for lost, in seconds'),
  trafficSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(10)
    .describe('Time between two traffic reports of a session, in seconds; 0 for none but the last, when it ends'),
  trackWaitMs: z.number().int().min(0).default(1000).describe('How long viewers wait for further tracks of a new publisher, in ms'),
  delivery: delivery.prefault({}).describe('How frames are handed to viewers'),
  gop: gop.prefault({}).describe('What is kept for viewers that join'),
  log: log.prefault({}).describe('Logging'),
  limits: limits.prefault({}).describe('Upper bounds'),
});

/** The parsed settings of the engine. Units are in the names. */
export type EngineSettings = z.output<typeof engineSchema>;
