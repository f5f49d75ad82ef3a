import type { Buffer } from 'node:buffer';

/** Message type ids (RTMP 1.0, 5.4, 6.2 and 7.1). */
export const RtmpType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  data: 18,
  command: 20,
  aggregate: 22,
} as const;

/** Event types of user control messages (RTMP 1.0, 7.1.7). */
export const UserControl = { streamBegin: 0, streamEof: 1, streamDry: 2, setBufferLength: 3, streamIsRecorded: 4, pingRequest: 6, pingResponse: 7 } as const;

/** Chunk streams that we send on: fixed, so that ready-made bytes fit every player. */
export const ChunkStream = { control: 2, command: 3, audio: 4, data: 5, video: 6 } as const;

/** The only message stream we give out. */
export const MEDIA_STREAM_ID = 1;

/** Chunk size that we announce and use, in bytes: most frames are one chunk. */
export const SENT_CHUNK_BYTES = 65536;

/** One RTMP message. */
export interface RtmpMessage {
  readonly type: number;
  readonly streamId: number;
  /** Milliseconds, going round after 2^32. */
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** True for the event that a stream's data is over (RTMP 1.0, 7.1.7). */
export function isStreamEof({ type, body }: RtmpMessage): boolean {
  return type === RtmpType.userControl && body.length >= 6 && body.readUInt16BE() === UserControl.streamEof;
}
