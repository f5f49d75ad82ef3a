// The bytes of an RTMP client that does not wait for answers; written by hand so that nothing of the code under test makes them.

const string = (text: string): Buffer => Buffer.concat([Buffer.from([2, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
const property = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.from([name.length >> 8, name.length & 0xff]), Buffer.from(name), value]);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
const NULL = Buffer.from([5]);
const OBJECT_END = Buffer.from([0, 0, 9]);

/** C0, C1 and C2 of the simple handshake. */
export const handshake = Buffer.concat([Buffer.from([3]), Buffer.alloc(1536), Buffer.alloc(1536)]);

/** Bytes of S0, S1 and S2, which every client gets. */
export const HANDSHAKE_ANSWER = 1 + 1536 + 1536;

/** A message in chunks of 128 bytes. */
export function message(type: number, body: Buffer, streamId = 0, timestampMs = 0): Buffer {
  const head = Buffer.alloc(12);
  head[0] = 3;
  head.writeUIntBE(timestampMs, 1, 3);
  head.writeUIntBE(body.length, 4, 3);
  head[7] = type;
  head.writeUInt32LE(streamId, 8);
  const parts: Buffer[] = [head];
  for (let at = 0; at < body.length || at === 0; at += 128) {
    if (at > 0) parts.push(Buffer.from([0xc3]));
    parts.push(body.subarray(at, at + 128));
  }
  return Buffer.concat(parts);
}

/** connect, createStream and publish of `app/name`. */
export function publishing(app: string, name: string): Buffer {
  const connectObject = Buffer.concat([Buffer.from([3]), property('app', string(app)), property('tcUrl', string(`rtmp://127.0.0.1/${app}`)), OBJECT_END]);
  return Buffer.concat([
    message(20, Buffer.concat([string('connect'), number(1), connectObject])),
    message(20, Buffer.concat([string('createStream'), number(2), NULL])),
    message(20, Buffer.concat([string('publish'), number(3), NULL, string(name), string('live')]), 1),
  ]);
}
