import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, type PluginContext } from '@sluice/core';
import { serializeRtpDumpHeader, serializeRtpDumpRecord } from '@sluice/plugin-format-rtp';
import type { RecordFolder } from './record-folder.js';

/** Bytes waiting for a slow disk; beyond, the recording ends, since one with holes would mislead. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** Where packets come from. */
export interface RecordedSource {
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/**
 * Writes what comes to a lease as an rtptools dump. Records are written whole and in order a few times a second, so a process that is killed
 * leaves a file that can be read, without the last moment.
 */
export class RtpRecorder {
  readonly #ctx: PluginContext;
  readonly #folder: RecordFolder;
  readonly #path: string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #startMs: number | undefined;
  #file: { readonly name: string; readonly handle: FileHandle } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #over = false;

  constructor(ctx: PluginContext, folder: RecordFolder, path: string) {
    this.#ctx = ctx;
    this.#folder = folder;
    this.#path = path;
  }

  /** An RTP or RTCP packet; `arrivalMs` is monotonic. The bytes are kept until they are written. */
  record(bytes: Buffer, arrivalMs: number, source: () => RecordedSource): void {
    if (this.#over) return;
    if (this.#startMs === undefined) {
      this.#startMs = arrivalMs;
      this.#push(serializeRtpDumpHeader({ startMs: this.#ctx.clock.wallMs(), ...source() }));
    }
    this.#push(serializeRtpDumpRecord({ offsetMs: arrivalMs - this.#startMs, bytes }));
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#stop('the disk is too slow');
  }

  /** Writes what is waiting. To be called a few times a second. */
  flush(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    const batch = Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isWriting = true;
    this.#writing = this.#write(batch)
      .catch((error: unknown) => this.#stop(messageOf(error)))
      .finally(() => {
        this.#isWriting = false;
      });
  }

  /** Writes the rest and closes the file. Never rejects. */
  async close(): Promise<void> {
    await this.#writing;
    this.flush();
    this.#over = true;
    await this.#writing;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.handle.close().catch(() => {});
    await this.#folder.end(file.name);
  }

  #push(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  async #write(batch: Buffer): Promise<void> {
    if (this.#file === undefined) {
      const name = await this.#folder.begin(this.#path, this.#ctx.clock.wallMs());
      this.#file = { name, handle: await open(name, 'wx', 0o640) };
      this.#ctx.log.info({ stream: this.#path, file: name }, 'recording RTP');
    }
    if (await this.#folder.reserve(this.#file.name, batch.length)) await this.#file.handle.writeFile(batch);
    else this.#stop('rtp-ps.recordMaxBytes is reached');
  }

  #stop(message: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#ctx.log.warn({ stream: this.#path }, `recording of RTP ended: ${message}`);
  }
}
