import { Buffer } from 'node:buffer';
import { type Amf0Value, serializeAmf0 } from '@sluice/plugin-format-flv';
import { serializeMessage } from './chunk-writer.js';
import { ChunkStream, RtmpType, SENT_CHUNK_BYTES } from './message.js';
import type { PushUrl } from './push-url.js';
import { setChunkSize, windowAckSize } from './replies.js';

/** Transactions of a client that publishes; each comes once. */
export const Transaction = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, publish: 5, fcUnpublish: 6, deleteStream: 7 } as const;

/** Servers tell publishers from players by it. */
const FLASH_VERSION = 'FMLE/3.0 (compatible; Sluice)';
/** Chunk size until another one is announced (RTMP 1.0, 5.4.1). */
const FIRST_CHUNK_BYTES = 128;

function command(streamId: number, chunkBytes: number, ...values: readonly Amf0Value[]): Buffer {
  return serializeMessage(ChunkStream.command, RtmpType.command, streamId, 0, serializeAmf0(...values), chunkBytes);
}

/** `connect` (RTMP 1.0, 7.2.1.1), in chunks of the first size. `fourCcs` are the codecs we send by FourCC (Enhanced RTMP). */
export function connectRequest({ app, tcUrl }: PushUrl, fourCcs: readonly string[]): Buffer {
  const object: Record<string, Amf0Value> = { app, type: 'nonprivate', flashVer: FLASH_VERSION, tcUrl };
  if (fourCcs.length > 0) object.fourCcList = fourCcs;
  return command(0, FIRST_CHUNK_BYTES, 'connect', Transaction.connect, object);
}

/** All that follows a `connect` that was accepted. Encoders announce the stream before they create it, and some servers want it so. */
export function createStreamRequests({ name }: PushUrl): Buffer {
  return Buffer.concat([
    setChunkSize(SENT_CHUNK_BYTES),
    windowAckSize(),
    command(0, SENT_CHUNK_BYTES, 'releaseStream', Transaction.releaseStream, null, name),
    command(0, SENT_CHUNK_BYTES, 'FCPublish', Transaction.fcPublish, null, name),
    command(0, SENT_CHUNK_BYTES, 'createStream', Transaction.createStream, null),
  ]);
}

/** `publish` on the message stream that was created (RTMP 1.0, 7.2.2.6). */
export function publishRequest({ name }: PushUrl, streamId: number): Buffer {
  return command(streamId, SENT_CHUNK_BYTES, 'publish', Transaction.publish, null, name, 'live');
}

/** The end of a publisher that finishes. */
export function unpublishRequests({ name }: PushUrl, streamId: number): Buffer {
  return Buffer.concat([
    command(0, SENT_CHUNK_BYTES, 'FCUnpublish', Transaction.fcUnpublish, null, name),
    command(0, SENT_CHUNK_BYTES, 'deleteStream', Transaction.deleteStream, null, streamId),
  ]);
}
