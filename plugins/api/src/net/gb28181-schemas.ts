import { z } from 'zod';
import { time, withExamples } from './schemas.js';

/** A device that registered. */
export const deviceBody = withExamples(
  z.object({
    id: z.string(),
    name: z.string(),
    online: z.boolean(),
    transport: z.enum(['udp', 'tcp']).describe('of its signalling'),
    remote: z.string().describe('address:port'),
    manufacturer: z.string(),
    model: z.string(),
    firmware: z.string().optional(),
    status: z
      .object({
        online: z.boolean().optional(),
        ok: z.boolean().optional(),
        reason: z.string().optional(),
        encoding: z.boolean().optional(),
        recording: z.boolean().optional(),
        deviceTime: z.string().optional().describe('its clock, as it wrote it'),
      })
      .optional()
      .describe('what it last answered to DeviceStatus'),
    registeredAt: time,
    keepaliveAt: time.describe('last keepalive, or registration'),
    channels: z.number().describe('how many are known'),
  }),
  {
    id: '34020000001320000001',
    name: 'Gate 3',
    online: true,
    transport: 'udp',
    remote: '192.0.2.20:5060',
    manufacturer: 'ACME',
    model: 'DS-1',
    firmware: 'V5.7.1',
    registeredAt: '2026-05-04T08:00:00.000Z',
    keepaliveAt: '2026-05-04T08:09:00.000Z',
    channels: 1,
  },
).meta({ id: 'Device' });

/** An entry of a device's catalog. */
export const channelBody = withExamples(
  z.object({
    id: z.string(),
    deviceId: z.string(),
    name: z.string(),
    kind: z.enum(['region', 'system', 'group', 'organisation', 'device', 'camera', 'alarm', 'audio', 'other']).describe('by the type digits of its id'),
    online: z.boolean().describe('as the catalog says'),
    manufacturer: z.string(),
    model: z.string(),
    parentId: z.string().optional().describe('what is above it in the tree'),
    parentIds: z.array(z.string()).optional(),
    civilCode: z.string().optional(),
    address: z.string().optional(),
    ptzType: z.number().optional(),
    longitude: z.number().optional(),
    latitude: z.number().optional(),
    path: z.string().describe('of its live stream'),
  }),
  {
    id: '34020000001310000001',
    deviceId: '34020000001320000001',
    name: 'Gate 3 north',
    kind: 'camera',
    online: true,
    manufacturer: 'ACME',
    model: 'DS-1',
    parentId: '34020000001320000001',
    civilCode: '340200',
    path: 'gb/34020000001310000001',
  },
).meta({ id: 'Channel' });

/** A recording on a device. */
export const recordBody = withExamples(
  z.object({
    name: z.string(),
    start: time,
    end: time,
    type: z.string().describe('time, alarm, manual …'),
    filePath: z.string().optional(),
    address: z.string().optional(),
    recorderId: z.string().optional(),
    secret: z.boolean(),
    fileSizeBytes: z.number().optional(),
    stream: z.number().optional().describe('0 main, 1 sub'),
  }),
  { name: 'Gate 3 north', start: '2026-05-04T00:00:00.000Z', end: '2026-05-04T01:00:00.000Z', type: 'time', secret: false },
).meta({ id: 'Record' });

/** A playback of a recording. */
export const playbackBody = withExamples(
  z.object({
    id: z.string(),
    path: z.string().describe('of the stream'),
    state: z.enum(['connecting', 'playing', 'paused', 'ended']),
    positionSeconds: z.number().describe('from `start`'),
    speed: z.number(),
    deviceId: z.string(),
    channelId: z.string(),
    kind: z.enum(['playback', 'download']),
    start: time,
    end: time,
    fileSizeBytes: z.number().optional(),
    reason: z.string().optional().describe('why it ended; `finished`: the device sent all of it'),
  }),
  {
    id: '01JX6D2QK4',
    path: 'gb/playback/01JX6D2QK4',
    state: 'playing',
    positionSeconds: 12.5,
    speed: 1,
    deviceId: '34020000001320000001',
    channelId: '34020000001310000001',
    kind: 'playback',
    start: '2026-05-04T00:00:00.000Z',
    end: '2026-05-04T01:00:00.000Z',
  },
).meta({ id: 'Playback' });
