import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { handshake, message, publishing } from './rtmp-bytes.js';

/** An FLV tag to be published. */
export interface SentTag {
  /** 8 audio, 9 video, 18 script. */
  readonly type: number;
  readonly dtsMs: number;
  readonly body: Buffer;
}

/** The tags of an FLV file. */
export function flvTags(file: string): SentTag[] {
  const data = readFileSync(file);
  const tags: SentTag[] = [];
  for (let at = 13; at + 11 <= data.length; ) {
    const size = data.readUIntBE(at + 1, 3);
    const dtsMs = data.readUIntBE(at + 4, 3) + (data[at + 7] as number) * 2 ** 24;
    tags.push({ type: data[at] as number, dtsMs, body: data.subarray(at + 11, at + 11 + size) });
    at += size + 15;
  }
  return tags;
}

/** True for AVC and AAC sequence headers. */
export const isHeader = ({ type, body }: SentTag): boolean => type !== 18 && body[1] === 0;
export const isKey = ({ type, body }: SentTag): boolean => type === 9 && (body[0] as number) >> 4 === 1 && body[1] === 1;

/** An RTMP publisher of tags, whatever these are: what encoders do wrong can be sent with it. */
export interface TagPublisher {
  /** Sends tags at the pace of their times; resolves after the last one, or when it is killed. */
  send(tags: readonly SentTag[]): Promise<void>;
  /** When the first key frame was sent; NaN before. */
  firstKeyAtMs(): number;
  /** Cuts the connection, as a program that dies does. */
  kill(): void;
}

/** Publishes `path` (`app/name`) at a server's RTMP port. */
export async function publishTags(port: number, path: string): Promise<TagPublisher> {
  const socket: Socket = connect({ host: '127.0.0.1', port });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  socket.resume();
  const [app = '', name = ''] = path.split('/');
  socket.write(Buffer.concat([handshake, publishing(app, name)]));
  let begunAt: number | undefined;
  let firstKeyAt = Number.NaN;
  return {
    send: async (tags) => {
      for (const tag of tags) {
        begunAt ??= performance.now() - tag.dtsMs;
        const earlyMs = begunAt + tag.dtsMs - performance.now();
        if (earlyMs > 0) await setTimeout(earlyMs);
        if (socket.destroyed) return;
        if (Number.isNaN(firstKeyAt) && isKey(tag)) firstKeyAt = performance.now();
        socket.write(message(tag.type, tag.body, 1, tag.dtsMs));
      }
    },
    firstKeyAtMs: () => firstKeyAt,
    kill: () => socket.destroy(),
  };
}
