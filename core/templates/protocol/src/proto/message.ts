import { Buffer } from 'node:buffer';

/** Types of messages. */
export const MessageType = { hello: 1, ok: 2, error: 3, track: 4, frame: 5, end: 6 } as const;

/** One message of the wire. `body` may be a view of what was received. */
export interface Message {
  readonly type: number;
  readonly body: Buffer;
}

/** Bytes before the body: the length of type and body, and the type. */
export const HEAD_BYTES = 5;

/** Writes a message. */
export function serializeMessage(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(1 + parts.reduce((sum, { length }) => sum + length, 0), 0);
  head.writeUInt8(type, 4);
  return Buffer.concat([head, ...parts]);
}

/** Writes a message whose body is JSON. */
export function serializeJson(type: number, value: unknown): Buffer {
  return serializeMessage(type, Buffer.from(JSON.stringify(value)));
}
