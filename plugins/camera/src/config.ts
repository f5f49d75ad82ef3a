import { z } from 'zod';

const id = z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, { error: 'expected an id such as 34020000001320000001' });

/** Config of the plugin. */
export const config = z.strictObject({
  server: z.string().min(1).describe('The platform: HOST[:PORT], port 5060 where none is said.'),
  serverId: id.default('34020000002000000001').describe('Id of the platform.'),
  domain: z.string().min(1).max(64).default('3402000000').describe('SIP domain of the platform.'),
  id: id.default('34020000001320000001').describe('Id of the first camera; the others count up from it.'),
  password: z.string().default('').meta({ secret: true }).describe('Password of every camera.'),
  count: z.int().min(1).max(100_000).default(1).describe('How many cameras there are.'),
  channels: z.int().min(1).max(10_000).default(1).describe('Channels of each; a camera with one is its own channel.'),
  transport: z.enum(['udp', 'tcp']).default('udp').describe('How SIP is spoken. How media are sent is for the platform to say.'),
  port: z.int().min(0).max(65_535).default(0).describe('Local SIP port; 0: any.'),
  file: z
    .string()
    .min(1)
    .exactOptional()
    .describe('MP4, MOV or FLV file that is played in a loop. Without it: a test card with the wall clock and a beep in G.711.'),
  expiresSeconds: z.int().min(10).max(4_294_967_295).default(3600).describe('How long a registration is asked for.'),
  keepaliveSeconds: z.int().min(1).max(86_400).default(60).describe('Distance of keepalives; a camera registers again after three without an answer.'),
  retrySeconds: z.int().min(1).max(86_400).default(60).describe('Wait after a refused registration; one without an answer is tried again after five seconds.'),
  registrationsPerSecond: z.int().min(1).max(10_000).default(100).describe('How fast the cameras of a fleet come on.'),
  recordHours: z.number().min(0).max(8760).default(24).describe('How far back there are recordings.'),
  recordMinutes: z.int().min(1).max(1440).default(60).describe('Length of a recording.'),
  maxCalls: z.int().min(1).max(10_000).default(16).describe('Most calls of a channel at once; another one is answered 486.'),
});

/** The config as the plugin uses it. */
export type CameraConfig = z.output<typeof config>;
