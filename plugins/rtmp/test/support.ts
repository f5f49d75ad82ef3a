import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Amf0Value, serializeAmf0 } from '@sluice/plugin-format-flv';
import { ChunkReader, type HandshakeTools, type RtmpMessage, RtmpServerSession, RtmpType, type StreamRequest, serializeMessage } from '../src/index.js';

/** Tools that are the same each time. */
export const tools: HandshakeTools = {
  randomBytes: (count) => Buffer.alloc(count, 0x5a),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
};

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus');

/** Whether the cases are there. */
export const haveCorpus = existsSync(corpus);

/** The files of a folder of the corpus, as `[name, bytes]`. */
export function cases(folder: string): [string, Buffer][] {
  const path = join(corpus, folder);
  return existsSync(path) ? readdirSync(path).map((name) => [name, readFileSync(join(path, name))]) : [];
}

/** A simple C0, C1 and C2. */
export const simpleHandshake = Buffer.concat([Buffer.of(3), Buffer.alloc(1536), Buffer.alloc(1536)]);

/** A session that notes what happens. Publish and play are accepted at once. */
export class Recorder {
  readonly events: unknown[] = [];
  readonly out: Buffer[] = [];
  readonly session: RtmpServerSession;

  constructor() {
    this.session = new RtmpServerSession({
      tools,
      fourCcs: ['hvc1'],
      handler: {
        send: (bytes) => this.out.push(bytes),
        handshaken: () => this.events.push('handshaken'),
        publish: (request: StreamRequest) => {
          this.events.push(['publish', request]);
        },
        play: (request: StreamRequest) => this.events.push(['play', request]),
        media: (type, timestampMs, body) => this.events.push(['media', type, timestampMs, body.toString('hex')]),
        stopped: () => this.events.push('stopped'),
      },
    });
  }

  /** Gives bytes in pieces; a waiting publisher is let in. */
  feed(bytes: Buffer, step = bytes.length): this {
    for (let at = 0; at < bytes.length; at += step) {
      const before = this.events.length;
      this.session.receive(bytes.subarray(at, at + step));
      if (this.events.slice(before).some((event) => Array.isArray(event) && event[0] === 'publish')) this.session.acceptPublish();
    }
    return this;
  }

  /** Messages sent after the handshake. */
  replies(): RtmpMessage[] {
    return readMessages(Buffer.concat(this.out).subarray(3073));
  }
}

/** All messages in chunks, as a client reads them. */
export function readMessages(bytes: Buffer): RtmpMessage[] {
  const reader = new ChunkReader();
  reader.push(bytes);
  const messages: RtmpMessage[] = [];
  for (let message = reader.next(); message; message = reader.next()) {
    if (message.type === RtmpType.setChunkSize) reader.setChunkSize(message.body.readUInt32BE());
    messages.push(message);
  }
  return messages;
}

/** A command as a client sends it, in chunks of 128 bytes. */
export function command(...values: Amf0Value[]): Buffer {
  return serializeMessage(3, RtmpType.command, 0, 0, serializeAmf0(...values), 128);
}
