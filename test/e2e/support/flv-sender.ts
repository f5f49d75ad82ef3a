import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { HANDSHAKE_ANSWER, handshake, message, publishing } from './rtmp-bytes.js';

/** SoundFormat (FLV E.4.2.1). */
const AAC = 10;

/** A tag of an FLV file. */
export interface SourceTag {
  readonly kind: 'video' | 'audio';
  readonly dtsMs: number;
  /** When it is shown. */
  readonly ptsMs: number;
  readonly body: Buffer;
  /** Parameters of the codec, not media. */
  readonly isConfig: boolean;
  /** Number of the frame among those of its kind. */
  readonly index: number;
}

/** The time, in ms, that a frame is sent with; not a number for one that is not sent. */
export type Rewrite = (tag: SourceTag) => number;

/** SoundFormat of a sound tag. */
const soundFormatOf = ({ body }: Pick<SourceTag, 'body'>): number => (body[0] as number) >> 4;

/** Bytes of what a tag carries, behind its head. */
export function frameBytes(tag: SourceTag): number {
  if (tag.kind === 'video') return tag.body.length - 5;
  return tag.body.length - (soundFormatOf(tag) === AAC ? 2 : 1);
}

/** Joins tags of sound without a codec's frames (G.711), one to three at a time in no order that repeats soon, so that they are known by their sizes. */
export function joinSound(tags: readonly SourceTag[]): SourceTag[] {
  const joined: SourceTag[] = [];
  let open = 0;
  let at = -1;
  let random = 1;
  let index = 0;
  for (const tag of tags) {
    const last = joined[at];
    if (tag.kind !== 'audio') {
      joined.push(tag);
    } else if (last !== undefined && open-- > 0) {
      joined[at] = { ...last, body: Buffer.concat([last.body, tag.body.subarray(1)]) };
    } else {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      open = (random >>> 16) % 3;
      at = joined.push({ ...tag, index: index++ }) - 1;
    }
  }
  return joined;
}

/** Reads the picture and sound tags of an FLV file, up to `seconds`. */
export function readFlv(file: string, seconds: number): SourceTag[] {
  const bytes = readFileSync(file);
  const tags: SourceTag[] = [];
  const counts = { video: 0, audio: 0 };
  for (let at = 13; at + 15 <= bytes.length; at += bytes.readUIntBE(at + 1, 3) + 15) {
    const dtsMs = bytes.readUIntBE(at + 4, 3) + (bytes[at + 7] as number) * 2 ** 24;
    const kind = bytes[at] === 9 ? 'video' : 'audio';
    if ((bytes[at] !== 8 && bytes[at] !== 9) || dtsMs > seconds * 1000) continue;
    const body = bytes.subarray(at + 11, at + 11 + bytes.readUIntBE(at + 1, 3));
    // AVC and AAC have them in tags of their own.
    const isConfig = body[1] === 0 && (kind === 'video' || soundFormatOf({ body }) === AAC);
    const ptsMs = dtsMs + (kind === 'video' && !isConfig ? body.readIntBE(2, 3) : 0);
    tags.push({ kind, dtsMs, ptsMs, body, isConfig, index: isConfig ? -1 : counts[kind]++ });
  }
  return tags;
}

/** A message in one chunk; a time that 24 bits do not hold in the extension (RTMP 5.3.1.3). */
function chunk(type: number, timestampMs: number, body: Buffer): Buffer {
  const isLong = timestampMs >= 0xff_ffff;
  const head = Buffer.alloc(isLong ? 16 : 12);
  head[0] = type === 9 ? 6 : 4;
  head.writeUIntBE(isLong ? 0xff_ffff : timestampMs, 1, 3);
  head.writeUIntBE(body.length, 4, 3);
  head[7] = type;
  head.writeUInt32LE(1, 8);
  if (isLong) head.writeUInt32BE(timestampMs, 12);
  return Buffer.concat([head, body]);
}

/** Publishes tags over RTMP at their pace with times of its own. It knows nothing of the code under test. */
export function sendFlv(port: number, path: string, tags: readonly SourceTag[], rewrite: Rewrite): { stop(): void } {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  // It begins when it may: after the handshake the server answers each command, the last time to publish.
  let received = 0;
  let begun = Number.POSITIVE_INFINITY;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
    if (received > HANDSHAKE_ANSWER && bytes.includes('NetStream.Publish.Start')) begun = performance.now();
  });
  const chunkSize = Buffer.alloc(4);
  chunkSize.writeUInt32BE(1 << 20);
  const [app = '', name = ''] = path.split('/');
  socket.write(Buffer.concat([handshake, publishing(app, name), message(1, chunkSize)]));
  let sent = 0;
  const timer = setInterval(() => {
    for (let tag = tags[sent]; tag !== undefined && tag.dtsMs <= performance.now() - begun; tag = tags[++sent]) {
      const says = tag.isConfig ? 0 : rewrite(tag);
      if (!Number.isNaN(says)) socket.write(chunk(tag.kind === 'video' ? 9 : 8, Math.max(0, Math.round(says)) % 2 ** 32, tag.body));
    }
    if (sent >= tags.length) clearInterval(timer);
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      socket.destroy();
    },
  };
}
