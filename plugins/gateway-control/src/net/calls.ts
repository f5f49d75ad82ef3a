import { pageBody, time, withExamples } from '@sluice/plugin-api/service';
import { z } from 'zod';

const transport = z.enum(['udp', 'tcp-passive', 'tcp-active']);
const portMode = z.enum(['single', 'range']);
const ssrc = z.string().regex(/^\d{10}$/, 'must be ten digits');
const channelId = z.string().min(1).max(64);

/** Body of `create_pullChannel`. */
export const createBody = withExamples(
  z.strictObject({
    streamId: z.string().min(1).max(1024).describe('the stream is gb/STREAM-ID'),
    ssrc: ssrc.exactOptional().describe('ten digits; default a free one'),
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
  }),
  { streamId: 'gate-3', ssrc: '0200000001', transport: 'tcp-passive', port: 'range', receiveTimeoutSeconds: 30 },
  { streamId: 'gate-4', payloadMap: { '96': 'H264/90000' }, pushUrl: 'rtmp://media.example/live/gate-4' },
);
export type CreateChannel = z.output<typeof createBody>;

/** Body of `start_pullChannel`. */
export const startBody = withExamples(
  z.strictObject({
    channelId,
    remoteIp: z.string().min(1).max(255).exactOptional().describe('tcp-active: where to connect to'),
    remotePort: z.int().min(1).max(65_535).exactOptional().describe('tcp-active: where to connect to'),
  }),
  { channelId: '01JX6D2Q' },
  { channelId: '01JX6D2Q', remoteIp: '192.0.2.20', remotePort: 20_000 },
);
export type StartChannel = Omit<z.output<typeof startBody>, 'channelId'>;

/** Body of `delete_pullChannel`. */
export const deleteBody = withExamples(z.strictObject({ channelId }), { channelId: '01JX6D2Q' });

/** What `create_pullChannel` and `start_pullChannel` answer. */
export const channelAnswer = withExamples(z.object({ channelId: z.string(), ip: z.string(), port: z.number(), ssrc: ssrc.describe('ten digits'), transport }), {
  channelId: '01JX6D2Q',
  ip: '198.51.100.4',
  port: 30_000,
  ssrc: '0200000001',
  transport: 'tcp-passive',
}).meta({ id: 'PullChannelAddress' });
export type ChannelAnswer = z.output<typeof channelAnswer>;

/** What `delete_pullChannel` answers. */
export const deleteAnswer = withExamples(z.object({ channelId: z.string(), state: z.literal('closed') }), { channelId: '01JX6D2Q', state: 'closed' });

/** A channel of `get_pushChannels`. */
const channelInfo = withExamples(
  z.object({
    channelId: z.string(),
    streamId: z.string(),
    path: z.string(),
    ssrc,
    transport,
    portMode,
    ip: z.string(),
    port: z.number(),
    state: z.enum(['created', 'receiving', 'pushing', 'timeout', 'pushFailed', 'closed']),
    reason: z.string(),
    firstPacket: z.object({ source: z.string(), at: time.optional() }).optional(),
    lastPacketAt: time.optional(),
    source: z.string().optional().describe('address:port of the sender'),
    bytes: z.number(),
    packets: z.number(),
    lost: z.number(),
    reordered: z.number(),
    duplicate: z.number(),
    damaged: z.number(),
    jitterMs: z.number(),
    timers: z.object({
      createdAt: time,
      startedAt: time.optional(),
      freedAt: time.optional().describe('when it is freed unless it is started'),
      receiveTimeoutSeconds: z.number().optional(),
    }),
    push: z.record(z.string(), z.unknown()).optional(),
  }),
  {
    channelId: '01JX6D2Q',
    streamId: 'gate-3',
    path: 'gb/gate-3',
    ssrc: '0200000001',
    transport: 'tcp-passive',
    portMode: 'range',
    ip: '198.51.100.4',
    port: 30_000,
    state: 'receiving',
    reason: '',
    firstPacket: { source: '192.0.2.20:20000', at: '2026-05-04T08:00:01.000Z' },
    lastPacketAt: '2026-05-04T08:10:00.000Z',
    source: '192.0.2.20:20000',
    bytes: 5_832_115,
    packets: 4210,
    lost: 0,
    reordered: 0,
    duplicate: 0,
    damaged: 0,
    jitterMs: 1.5,
    timers: { createdAt: '2026-05-04T08:00:00.000Z', startedAt: '2026-05-04T08:00:00.500Z', receiveTimeoutSeconds: 30 },
  },
).meta({ id: 'PullChannel' });

/** What `get_pushChannels` answers. */
export const channelList = pageBody(channelInfo);

export type ChannelInfo = Omit<z.output<typeof channelInfo>, 'push'> & { readonly push?: object };
