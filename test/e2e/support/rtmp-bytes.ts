// The bytes of an RTMP client that does not wait for answers; written by hand so that nothing of the code under test makes them.

const string = (text: string): Buffer => Buffer.concat([Buffer.from([2, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
const property = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.from([name.length >> 8, name.length & 0xff]), Buffer.from(name), value]);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
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

/** A command message: a name, a transaction, and values of AMF0. */
export function command(name: string, transaction: number, values: readonly (Buffer | string | number)[], streamId = 0): Buffer {
  const amf = values.map((value) => (typeof value === 'string' ? string(value) : typeof value === 'number' ? number(value) : value));
  return message(20, Buffer.concat([string(name), number(transaction), ...amf]), streamId);
}

/** The null that stands where a command has no object. */
export const NO_OBJECT = Buffer.from([5]);

/** connect to an app. */
export function connecting(app: string): Buffer {
  const object = Buffer.concat([Buffer.from([3]), property('app', string(app)), property('tcUrl', string(`rtmp://127.0.0.1/${app}`)), OBJECT_END]);
  return command('connect', 1, [object]);
}

/** connect, createStream and publish of `app/name`. */
export function publishing(app: string, name: string): Buffer {
  return Buffer.concat([connecting(app), command('createStream', 2, [NO_OBJECT]), command('publish', 3, [NO_OBJECT, name, 'live'], 1)]);
}
