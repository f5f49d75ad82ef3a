import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '@sluice/core';
import { snapshotError } from '../errors.js';
import { ffmpegArguments } from '../proto/ffmpeg-arguments.js';
import type { KeyPicture } from '../proto/key-picture.js';
import type { SnapshotSize } from '../service.js';

/** A JPEG of a large picture has a few megabytes. */
const MAX_JPEG_BYTES = 32 * 1024 * 1024;
const MAX_MESSAGE_CHARACTERS = 300;

const NO_DECODER = 'no decoder is installed: install ffmpeg (apt install ffmpeg, apk add ffmpeg, brew install ffmpeg), or name it by snapshot.ffmpeg';

/** Decodes by ffmpeg processes of its own, one for each picture: what a camera sends can end that process, not this one. */
export class Ffmpeg {
  readonly #command: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #running = new Set<ChildProcess>();

  constructor(command: string, timeoutMs: number, clock: Clock) {
    this.#command = command;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** The picture as a JPEG. Rejects with `ERR_SNAPSHOT_NO_DECODER`, `ERR_SNAPSHOT_FAILED` or `ERR_SNAPSHOT_TIMEOUT`, and only once the process is gone. */
  decode(picture: KeyPicture, size: SnapshotSize): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#command, ffmpegArguments(picture.codec, size), { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
      const pieces: Buffer[] = [];
      let bytes = 0;
      let message = '';
      let failure: Error | undefined;
      this.#running.add(child);
      const stop = (error: Error): void => {
        failure ??= error;
        child.kill('SIGKILL');
      };
      const stopTimer = this.#clock.after(this.#timeoutMs, () => stop(snapshotError('ERR_SNAPSHOT_TIMEOUT', 504, 'the decoder took too long')));
      const over = (code: number | null): void => {
        stopTimer();
        this.#running.delete(child);
        if (failure !== undefined) reject(failure);
        else if (code !== 0 || bytes === 0)
          reject(snapshotError('ERR_SNAPSHOT_FAILED', 500, `the picture cannot be decoded: ${message.trim() || `exit code ${code}`}`));
        else resolve(Buffer.concat(pieces, bytes));
      };
      // Not started: 'close' may stay out.
      child.once('error', (error: NodeJS.ErrnoException) => {
        failure ??=
          error.code === 'ENOENT' ? snapshotError('ERR_SNAPSHOT_NO_DECODER', 501, NO_DECODER) : snapshotError('ERR_SNAPSHOT_FAILED', 500, error.message);
        if (child.pid === undefined) over(null);
      });
      child.once('close', over);
      child.stdout.on('data', (piece: Buffer) => {
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > MAX_JPEG_BYTES) stop(snapshotError('ERR_SNAPSHOT_FAILED', 500, 'the picture is too large'));
      });
      child.stderr.on('data', (piece: Buffer) => {
        if (message.length < MAX_MESSAGE_CHARACTERS) message = (message + piece.toString('latin1')).slice(0, MAX_MESSAGE_CHARACTERS);
      });
      // It may end before it has read all.
      child.stdin.on('error', () => {});
      child.stdin.end(picture.stream);
    });
  }

  /** Ends what runs. */
  close(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
