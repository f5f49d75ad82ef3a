import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { type Cancel, type Clock, messageOf } from '@sluice/core';
import type { SipRequest, SipResponse, SipTarget } from '@sluice/plugin-sip/service';
import { formatLocalTimeMs } from '../proto/local-time.js';
import { decodeBody } from '../proto/text.js';
import { traceText } from '../proto/trace-line.js';
import { remoteOf } from './devices.js';
import { decodeGb } from './gb-text.js';
import type { Log } from './log.js';

const FLUSH_MS = 200;
/** Waiting for a slow disk: what is more is left out, and said so. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** How to trace. */
export interface TraceOptions {
  /** Folder of the files. */
  readonly folder: string;
  /** Whose midnight begins a new file. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Every SIP message in one line of `FOLDER/YYYY-MM-DD.log`: time, direction, transport, peer, message. Credentials are hidden.
 * Lines are written a few times a second; a trace that cannot be written harms nobody.
 */
export class Trace {
  readonly #options: TraceOptions;
  readonly #cancel: Cancel;
  #lines: string[] = [];
  #day = '';
  #stream: WriteStream | undefined;
  #broken = false;
  #left = 0;

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#cancel = options.clock.every(FLUSH_MS, () => this.#flush());
  }

  message(direction: 'in' | 'out', message: SipRequest | SipResponse, peer: SipTarget): void {
    const { clock, timeZone } = this.#options;
    const time = formatLocalTimeMs(clock.wallMs(), timeZone);
    if (time.slice(0, 10) !== this.#day) this.#open(time.slice(0, 10));
    if (this.#broken) return;
    const firstLine = message.kind === 'request' ? `${message.method} ${message.uri}` : `${message.status} ${message.reason}`;
    const text = traceText({ firstLine, headers: message.headers, body: decodeBody(message.body, decodeGb) });
    this.#lines.push(`${time} ${direction === 'in' ? '<' : '>'} ${peer.transport} ${remoteOf(peer)} ${text}\n`);
  }

  /** Writes what is left; resolves when the file is closed. */
  async close(): Promise<void> {
    this.#cancel();
    this.#flush();
    await this.#end();
  }

  #open(day: string): void {
    this.#flush();
    void this.#end();
    this.#day = day;
    const { folder, log } = this.#options;
    try {
      mkdirSync(folder, { recursive: true });
      const stream = createWriteStream(join(folder, `${day}.log`), { flags: 'a', mode: 0o600 });
      stream.on('error', (error) => {
        log.warn({ error: messageOf(error) }, 'SIP trace cannot be written');
        if (this.#stream === stream) this.#broken = true;
      });
      this.#stream = stream;
      this.#broken = false;
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'SIP trace cannot be written');
      this.#broken = true;
    }
  }

  #flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    const stream = this.#stream;
    if (stream === undefined || this.#broken) return;
    if (stream.writableLength > MAX_WAITING_BYTES) {
      this.#left += lines.length;
      return;
    }
    if (this.#left > 0) lines.unshift(`${this.#left} messages left out: the disk is too slow\n`);
    this.#left = 0;
    stream.write(lines.join(''));
  }

  #end(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined || stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }
}
