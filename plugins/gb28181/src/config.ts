import { z } from 'zod';
import { DEFAULT_TIME_ZONE, isTimeZone } from './proto/local-time.js';
import { quirkRow } from './proto/quirks.js';

const transport = z.enum(['udp', 'tcp-passive', 'tcp-active']);
const id = z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'must be 1 to 32 of 0-9 A-Z a-z _ -');
const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone, such as Asia/Shanghai');
const password = z.string().min(1).max(128).meta({ secret: true });

const sip = z.strictObject({
  port: z.number().int().min(0).max(65_535).default(5060).describe('SIP port, UDP and TCP; 0 for any free one'),
  host: z.string().min(1).exactOptional().describe('Address listened on; default that of the engine'),
  id: id.min(8, 'must be a code of GB/T 28181: 20 digits').default('34020000002000000001').describe('Id of this platform, 20 digits'),
  domain: z
    .string()
    .regex(/^[0-9A-Za-z.-]{1,64}$/, 'must be 1 to 64 of 0-9 A-Z a-z . -; by convention the first ten digits of the id')
    .default('3402000000')
    .describe('SIP domain, and realm of the digest: by convention the first ten digits of the id'),
  password: password.exactOptional().describe('Password of all devices without one of their own; default random, kept in the data folder'),
  digest: z
    .array(z.enum(['md5', 'sha-256', 'sm3']))
    .min(1)
    .default(['md5'])
    .describe('Digest algorithms offered, each by a challenge of its own, in this order; old devices know md5 only and look at the first'),
  advertise: z
    .string()
    .min(1)
    .exactOptional()
    .describe('HOST[:PORT] that devices are told in SIP, for NAT; default the local address on the route to the device'),
});

const device = z.strictObject({
  id: id.describe('Id it registers with'),
  password: password.exactOptional().describe('Its own password'),
  noAuth: z.boolean().default(false).describe('Let it in without a password'),
  transport: transport.exactOptional().describe('How it is asked to send media'),
  charset: z.enum(['gb18030', 'gbk', 'utf-8']).exactOptional().describe('Charset of what is sent to it; default by its edition'),
  timeZone: timeZone.exactOptional().describe('Zone of the times it writes and is told; default that of gb28181.timeZone'),
  keepaliveRenews: z.boolean().exactOptional().describe('Its keepalives renew the registration, for devices that never register again'),
  laxAddress: z.boolean().exactOptional().describe('Follow its keepalives to another address without a new registration'),
});

const catalog = z.strictObject({
  timeoutSeconds: z.number().min(0.1).max(600).default(10).describe('A catalog is over when no page came for this long, in seconds'),
  maxItems: z.number().int().min(1).max(1_000_000).default(100_000).describe('Most items of one device'),
  onRegister: z.boolean().default(true).describe('Ask for the catalog when a device comes online'),
});

const records = z.strictObject({
  timeoutSeconds: z.number().min(0.1).max(600).default(20).describe('A record query is over when no page came for this long, in seconds'),
  maxItems: z.number().int().min(1).max(1_000_000).default(100_000).describe('Most recordings of one answer'),
});

const playback = z.strictObject({
  maxPausedSeconds: z.number().min(1).max(86_400).default(3600).describe('A paused playback that nobody watches ends after this long, in seconds'),
});

const registration = z.strictObject({
  maxExpiresSeconds: z.number().int().min(60).max(604_800).default(86_400).describe('Longest registration granted, in seconds'),
  maxDevices: z.number().int().min(1).default(20_000).describe('Most devices known at a time'),
  maxFailuresPerSecond: z
    .number()
    .int()
    .min(1)
    .default(20)
    .describe('Failures of one address in a second (wrong digests, unknown ids that do not come back with the right one); more are refused unlooked at'),
});

/** `gb28181.*`. */
export const gb28181Config = z
  .strictObject({
    sip: sip.prefault({}).describe('The SIP identity that devices register with'),
    devices: z.array(device).default([]).describe('Devices with a password or quirks of their own'),
    timeZone: timeZone.default(DEFAULT_TIME_ZONE).describe('Zone of the times that devices write and are told: they say none'),
    quirks: z.array(quirkRow).default([]).describe('What certain makes of devices do otherwise, beside the table that comes with it'),
    keepaliveSeconds: z.number().min(1).max(3600).default(60).describe('Expected keepalive period, in seconds'),
    keepaliveMissed: z.number().int().min(1).max(100).default(3).describe('Keepalives missed until a device is offline'),
    keepaliveLaxAddress: z.boolean().default(false).describe('Follow keepalives of every device to other addresses (risky: they are not signed)'),
    catalog: catalog.prefault({}).describe('Catalog queries'),
    records: records.prefault({}).describe('Record queries'),
    playback: playback.prefault({}).describe('Recordings played from devices'),
    registration: registration.prefault({}).describe('Registrations'),
    invite: z
      .strictObject({
        timeoutSeconds: z.number().min(1).max(120).default(10).describe('An INVITE without a final answer is given up, in seconds'),
        backOffSeconds: z
          .number()
          .min(0)
          .max(60)
          .default(2)
          .describe('After a refusal viewers get the same answer without a new INVITE for this long, in seconds'),
      })
      .prefault({})
      .describe('Live channels'),
    media: z
      .strictObject({ transport: transport.default('udp').describe('How devices are asked to send media') })
      .prefault({})
      .describe('Media'),
    trace: z.boolean().default(false).describe('Write every SIP message to DATA/gb28181/YYYY-MM-DD.log, a line each, credentials hidden'),
  })
  .prefault({});

/** The config as the plugin uses it. */
export type Gb28181Config = z.output<typeof gb28181Config>;
