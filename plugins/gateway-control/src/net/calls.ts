import { z } from 'zod';

const transport = z.enum(['udp', 'tcp-passive', 'tcp-active']);
const portMode = z.enum(['single', 'range']);
const channelId = z.string().min(1).max(64);

/** Body of `create_pullChannel`. */
export const createBody = z.strictObject({
  streamId: z.string().min(1).max(1024).describe('the stream is gb/STREAM-ID'),
  ssrc: z
    .string()
    .regex(/^\d{10}$/, 'must be ten digits')
    .exactOptional()
    .describe('ten digits; default a free one'),
  transport: transport.default('udp').describe('how the sender sends'),
  port: portMode.default('single').describe('the shared port, or one of its own'),
  receiveTimeoutSeconds: z.number().min(1).max(3600).exactOptional().describe('silence that ends it; default rtp-ps.receiveTimeoutSeconds'),
  payloadMap: z
    .record(z.string().regex(/^\d{1,3}$/), z.string().min(1).max(64))
    .refine((map) => Object.keys(map).length <= 128)
    .exactOptional()
    .describe('what payload types are: { "96": "H264/90000" }'),
  sdp: z
    .string()
    .max(16_384)
    .regex(/^m=(video|audio) /m, 'must be a session description with a line m=video or m=audio')
    .exactOptional()
    .describe('session description of what will come'),
  pushUrl: z.string().min(1).max(2048).exactOptional().describe('rtmp://HOST[:PORT]/APP/NAME that the stream is forwarded to'),
});
export type CreateChannel = z.output<typeof createBody>;

/** Body of `start_pullChannel`. */
export const startBody = z.strictObject({
  channelId,
  remoteIp: z.string().min(1).max(255).exactOptional().describe('tcp-active: where to connect to'),
  remotePort: z.int().min(1).max(65_535).exactOptional().describe('tcp-active: where to connect to'),
});
export type StartChannel = Omit<z.output<typeof startBody>, 'channelId'>;

/** Body of `delete_pullChannel`. */
export const deleteBody = z.strictObject({ channelId });

/** What `create_pullChannel` and `start_pullChannel` answer. */
export const channelAnswer = z
  .object({ channelId: z.string(), ip: z.string(), port: z.number(), ssrc: z.string(), transport: z.string() })
  .meta({ id: 'PullChannelAddress' });
export type ChannelAnswer = z.output<typeof channelAnswer>;

/** What `delete_pullChannel` answers. */
export const deleteAnswer = z.object({ channelId: z.string(), state: z.literal('closed') });

/** A channel of `get_pushChannels`. */
export const channelInfo = z
  .object({
    channelId: z.string(),
    streamId: z.string(),
    path: z.string(),
    ssrc: z.string(),
    transport,
    portMode,
    ip: z.string(),
    port: z.number(),
    state: z.enum(['created', 'receiving', 'pushing', 'timeout', 'pushFailed', 'closed']),
    reason: z.string(),
    firstPacket: z.object({ source: z.string(), at: z.string().optional() }).optional(),
    lastPacketAt: z.string().optional(),
    source: z.string().optional().describe('address:port of the sender'),
    bytes: z.number(),
    packets: z.number(),
    lost: z.number(),
    reordered: z.number(),
    duplicate: z.number(),
    damaged: z.number(),
    jitterMs: z.number(),
    timers: z.object({
      createdAt: z.string(),
      startedAt: z.string().optional(),
      freedAt: z.string().optional().describe('when it is freed unless it is started'),
      receiveTimeoutSeconds: z.number().optional(),
    }),
    push: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'PullChannel' });
export type ChannelInfo = Omit<z.output<typeof channelInfo>, 'push'> & { readonly push?: object };
