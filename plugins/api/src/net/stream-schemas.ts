import type { StreamInfo } from '@sluice/core';
import { z } from 'zod';
import { time, withExamples } from './schemas.js';

const query = z.record(z.string(), z.string()).describe('of the URL; the values of token, sig, key and password are hidden');
const SINCE = '2026-05-04T08:00:00.000Z';

/** A track as plain data. */
export const trackBody = z
  .object({
    id: z.string(),
    kind: z.enum(['video', 'audio', 'data']),
    codec: z.string(),
    width: z.number().optional(),
    height: z.number().optional(),
    fps: z.number().optional(),
    profile: z.string().optional(),
    sampleRate: z.number().optional().describe('Hz'),
    channels: z.number().optional(),
  })
  .meta({ id: 'Track' });

/** Why something ended. */
export const reasonBody = z.object({ code: z.string().describe('ended, lost, kicked …'), message: z.string().optional() }).meta({ id: 'CloseReason' });

/** The publisher of a stream. */
export const publisherBody = z
  .object({ sessionId: z.string(), protocol: z.string(), remote: z.string().optional().describe('address:port'), since: time, query })
  .meta({ id: 'Publisher' });

/** What a stream counts at least. A source that counts more says so. */
const HEALTH = { lost: 0, reordered: 0, duplicate: 0, timestampRepairs: 0, resyncs: 0 };
const count = z.number();
const health = z.object({ lost: count, reordered: count, duplicate: count, timestampRepairs: count, resyncs: count }).catchall(count);

const exampleTracks: z.input<typeof trackBody>[] = [
  { id: '0', kind: 'video', codec: 'h264', width: 1920, height: 1080, fps: 25, profile: 'High' },
  { id: '1', kind: 'audio', codec: 'aac', sampleRate: 44100, channels: 1, profile: 'AAC LC' },
];
export const examplePublisher: z.input<typeof publisherBody> = {
  sessionId: '4d6c9b1bea-2',
  protocol: 'rtmp',
  remote: '192.0.2.7:35434',
  since: SINCE,
  query: { token: '***', owner: 'gate-3' },
};

/** A stream. */
export const streamBody = withExamples(
  z.object({
    path: z.string(),
    state: z.enum(['waiting', 'live', 'lingering']).describe('waiting: its tracks are not known yet; lingering: the publisher went, viewers stay for a while'),
    instance: z.string().describe('unique per life of a stream'),
    publisher: publisherBody.nullable(),
    tracks: z.array(trackBody),
    viewers: z.number(),
    bytesIn: z.number(),
    bytesOut: z.number(),
    bitrate: z.number().describe('bit/s of the last seconds'),
    gopMs: z.number().describe('length of the newest group of pictures'),
    health: health.describe('counters; some sources have more'),
  }),
  {
    path: 'live/cam1',
    state: 'live',
    instance: '4d6c9b1bea-1',
    publisher: examplePublisher,
    tracks: exampleTracks,
    viewers: 3,
    bytesIn: 5_832_115,
    bytesOut: 17_401_223,
    bitrate: 2_048_000,
    gopMs: 2000,
    health: HEALTH,
  },
).meta({ id: 'Stream' });

/** A stream as the API shows it: all have the same counters. */
export function shownStream(stream: StreamInfo): StreamInfo {
  return { ...stream, health: { ...HEALTH, ...stream.health } };
}

/** A publisher or a viewer. */
export const sessionBody = withExamples(
  z.object({
    id: z.string(),
    kind: z.enum(['publisher', 'viewer']),
    stream: z.string().describe('path of the stream'),
    protocol: z.string(),
    remote: z.string().optional().describe('address:port'),
    userAgent: z.string().optional(),
    query,
    since: time,
    bytesIn: z.number().describe('of the wire'),
    bytesOut: z.number().describe('of the wire'),
    lagMs: z.number().describe('how far a viewer is behind the newest frame'),
    drops: z.number().describe('frames that a viewer was not given because it was slow'),
  }),
  {
    id: '4d6c9b1bea-3',
    kind: 'viewer',
    stream: 'live/cam1',
    protocol: 'http-flv',
    remote: '198.51.100.4:50112',
    userAgent: 'VLC/3.0.21 LibVLC/3.0.21',
    query: {},
    since: SINCE,
    bytesIn: 0,
    bytesOut: 5_800_407,
    lagMs: 40,
    drops: 0,
  },
).meta({ id: 'Session' });
