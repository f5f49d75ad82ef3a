import { Buffer } from 'node:buffer';
import { type Amf0Value, serializeAmf0 } from '@sluice/plugin-format-flv';
import { serializeMessage } from './chunk-writer.js';
import { ChunkStream, RtmpType, SENT_CHUNK_BYTES } from './message.js';
import { setBufferLength, setChunkSize, windowAckSize } from './replies.js';
import type { RtmpUrl } from './rtmp-url.js';

/** What a client is there for. */
export type RtmpPurpose = 'publish' | 'play';

/** Transactions of a client; each comes once. `stream` is `publish` or `play`. */
export const Transaction = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, stream: 5, fcUnpublish: 6, deleteStream: 7 } as const;

/** Servers tell publishers from players by it. */
const FLASH_VERSION = { publish: 'FMLE/3.0 (compatible; Sluice)', play: 'LNX 9,0,124,2' } as const;
/** Chunk size until another one is announced (RTMP 1.0, 5.4.1). */
const FIRST_CHUNK_BYTES = 128;
/** Live where it is live, else recorded (RTMP 1.0, 7.2.2.1). */
const PLAY_LIVE_FIRST = -2000;
/** What a player of ours keeps, as it tells a server that paces by it. */
const BUFFER_MS = 1000;

function command(streamId: number, chunkBytes: number, ...values: readonly Amf0Value[]): Buffer {
  return serializeMessage(ChunkStream.command, RtmpType.command, streamId, 0, serializeAmf0(...values), chunkBytes);
}

/** `connect` (RTMP 1.0, 7.2.1.1), in chunks of the first size. `fourCcs` are the codecs that we send or take by FourCC (Enhanced RTMP). */
export function connectRequest({ app, tcUrl }: RtmpUrl, purpose: RtmpPurpose, fourCcs: readonly string[]): Buffer {
  const object: Record<string, Amf0Value> = { app, flashVer: FLASH_VERSION[purpose], tcUrl };
  if (purpose === 'publish') object.type = 'nonprivate';
  if (fourCcs.length > 0) object.fourCcList = fourCcs;
  return command(0, FIRST_CHUNK_BYTES, 'connect', Transaction.connect, object);
}

/** All that follows a `connect` that was accepted. Encoders announce the stream before they create it, and some servers want it so. */
export function createStreamRequests({ name }: RtmpUrl, purpose: RtmpPurpose): Buffer {
  const announced = [
    command(0, SENT_CHUNK_BYTES, 'releaseStream', Transaction.releaseStream, null, name),
    command(0, SENT_CHUNK_BYTES, 'FCPublish', Transaction.fcPublish, null, name),
  ];
  return Buffer.concat([
    setChunkSize(SENT_CHUNK_BYTES),
    windowAckSize(),
    ...(purpose === 'publish' ? announced : []),
    command(0, SENT_CHUNK_BYTES, 'createStream', Transaction.createStream, null),
  ]);
}

/** `publish` or `play` on the message stream that was created (RTMP 1.0, 7.2.2.6 and 7.2.2.1). */
export function streamRequest({ name }: RtmpUrl, purpose: RtmpPurpose, streamId: number): Buffer {
  if (purpose === 'publish') return command(streamId, SENT_CHUNK_BYTES, 'publish', Transaction.stream, null, name, 'live');
  return Buffer.concat([command(streamId, SENT_CHUNK_BYTES, 'play', Transaction.stream, null, name, PLAY_LIVE_FIRST), setBufferLength(streamId, BUFFER_MS)]);
}

/** The end of a client that finishes. */
export function finishRequests({ name }: RtmpUrl, purpose: RtmpPurpose, streamId: number): Buffer {
  const deleted = command(0, SENT_CHUNK_BYTES, 'deleteStream', Transaction.deleteStream, null, streamId);
  if (purpose === 'play') return deleted;
  return Buffer.concat([command(0, SENT_CHUNK_BYTES, 'FCUnpublish', Transaction.fcUnpublish, null, name), deleted]);
}
