import { Buffer } from 'node:buffer';
import { type Amf0Value, serializeAmf0 } from '@sluice/plugin-format-flv';
import { serializeMessage } from './chunk-writer.js';
import { ChunkStream, MEDIA_STREAM_ID, RtmpType, SENT_CHUNK_BYTES, UserControl } from './message.js';

/** Window that we ask the peer to acknowledge, in bytes. */
const WINDOW_BYTES = 2_500_000;
const LIMIT_DYNAMIC = 2;

function u32(value: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(value >>> 0);
  return body;
}

function control(type: number, body: Buffer): Buffer {
  return serializeMessage(ChunkStream.control, type, 0, 0, body);
}

/** Announces the size of the chunks that follow (RTMP 1.0, 5.4.1). */
export function setChunkSize(bytes: number): Buffer {
  return control(RtmpType.setChunkSize, u32(bytes));
}

/** Asks for an acknowledgement each so many bytes (RTMP 1.0, 5.4.4). */
export function windowAckSize(): Buffer {
  return control(RtmpType.windowAckSize, u32(WINDOW_BYTES));
}

/** A user control message (RTMP 1.0, 7.1.7). */
export function userControl(event: number, value: number): Buffer {
  const body = Buffer.alloc(6);
  body.writeUInt16BE(event);
  body.writeUInt32BE(value >>> 0, 2);
  return control(RtmpType.userControl, body);
}

/** How much a player keeps, in milliseconds (RTMP 1.0, 7.1.7). */
export function setBufferLength(streamId: number, bufferMs: number): Buffer {
  const body = Buffer.alloc(10);
  body.writeUInt16BE(UserControl.setBufferLength);
  body.writeUInt32BE(streamId, 2);
  body.writeUInt32BE(bufferMs, 6);
  return control(RtmpType.userControl, body);
}

/** An acknowledgement of `bytes` received so far, going round after 2^32 (RTMP 1.0, 5.4.3). */
export function acknowledgement(bytes: number): Buffer {
  return control(RtmpType.acknowledgement, u32(bytes));
}

function command(streamId: number, ...values: readonly Amf0Value[]): Buffer {
  return serializeMessage(ChunkStream.command, RtmpType.command, streamId, 0, serializeAmf0(...values));
}

/** The answer to a command that has nothing to say, or one value. */
export function result(transactionId: number, ...values: readonly Amf0Value[]): Buffer {
  return command(0, '_result', transactionId, null, ...values);
}

/** A status of the media stream (RTMP 1.0, 7.2.2). */
export function status(level: 'status' | 'error', code: string, description: string): Buffer {
  return command(MEDIA_STREAM_ID, 'onStatus', 0, null, { level, code, description });
}

/** All that follows a `connect` that is accepted, to go out in one write. `fourCcs` are named to clients that asked (Enhanced RTMP). */
export function connectAccepted(transactionId: number, objectEncoding: number, fourCcs: readonly string[] | undefined): Buffer {
  const properties: Record<string, Amf0Value> = { fmsVer: 'FMS/3,0,1,123', capabilities: 31 };
  if (fourCcs) properties.fourCcList = fourCcs;
  const information = { level: 'status', code: 'NetConnection.Connect.Success', description: 'Connection succeeded.', objectEncoding };
  return Buffer.concat([
    windowAckSize(),
    control(RtmpType.setPeerBandwidth, Buffer.concat([u32(WINDOW_BYTES), Buffer.of(LIMIT_DYNAMIC)])),
    setChunkSize(SENT_CHUNK_BYTES),
    command(0, '_result', transactionId, properties, information),
  ]);
}

/** A `connect` that is not accepted. */
export function connectRejected(transactionId: number, description: string): Buffer {
  return command(0, '_error', transactionId, null, { level: 'error', code: 'NetConnection.Connect.Rejected', description });
}

/** All that follows a `publish` that is accepted. */
export function publishAccepted(): Buffer {
  return Buffer.concat([userControl(UserControl.streamBegin, MEDIA_STREAM_ID), status('status', 'NetStream.Publish.Start', 'Publishing.')]);
}

/**
 * All that goes before the first frame of a `play` that is accepted. No `|RtmpSampleAccess` and no `NetStream.Data.Start`:
 * only Flash wanted them, and ffmpeg shows a data track for each.
 */
export function playAccepted(): Buffer {
  return Buffer.concat([
    userControl(UserControl.streamBegin, MEDIA_STREAM_ID),
    status('status', 'NetStream.Play.Reset', 'Playing and resetting stream.'),
    status('status', 'NetStream.Play.Start', 'Started playing stream.'),
  ]);
}

/** The stream that a client plays is over. */
export function playEnded(): Buffer {
  return Buffer.concat([
    status('status', 'NetStream.Play.UnpublishNotify', 'Stream is now unpublished.'),
    status('status', 'NetStream.Play.Stop', 'Stopped playing stream.'),
    userControl(UserControl.streamEof, MEDIA_STREAM_ID),
  ]);
}
