import { Buffer } from 'node:buffer';
import type { Track } from '@sluice/core';
import { z } from 'zod';
import { protocolError } from '../errors.js';
import { MessageType, serializeJson } from '../proto/message.js';

const info = z.strictObject({
  width: z.int().min(1).exactOptional(),
  height: z.int().min(1).exactOptional(),
  fps: z.number().positive().exactOptional(),
  profile: z.string().max(64).exactOptional(),
  sampleRate: z.int().min(1).exactOptional(),
  channels: z.int().min(1).exactOptional(),
});
const track = z.strictObject({
  id: z.int().min(0).max(255),
  kind: z.enum(['video', 'audio']),
  codec: z.string().min(1).max(32),
  clockRate: z.int().min(1).max(1_000_000_000),
  epoch: z.int().min(0),
  parameters: z.unknown(),
  info,
});

/** A track as a message. */
export function serializeTrack(value: Track): Buffer {
  return serializeJson(MessageType.track, value);
}

/** Reads the body of such a message. Throws `ERR___NAME___MESSAGE`. */
export function parseTrack(body: Buffer): Track {
  try {
    const parsed = track.parse(JSON.parse(body.toString(), reviveBytes));
    return { ...parsed, parameters: parsed.parameters };
  } catch (error) {
    throw protocolError('message', 'a track that cannot be read', error);
  }
}

/** Bytes in codec parameters: JSON has them as Node writes them. */
function reviveBytes(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { readonly type?: unknown; readonly data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data) : value;
}
