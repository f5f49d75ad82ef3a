import { createReadStream } from 'node:fs';
import { messageOf, type PluginContext, SluiceError } from '@sluice/core';
import { type ParsedRtpDumpRecord, RtpDumpParser } from '@sluice/plugin-format-rtp';
import { replayError } from '../errors.js';
import { withSsrc } from '../proto/ssrc.js';
import type { ReplayRequest, ReplayResult } from '../service.js';
import { openOutput, type PacketOutput } from './packet-output.js';

/** Sends a dump again. See `ReplayService.replay`. */
export async function replay(context: Pick<PluginContext, 'transport' | 'clock'>, request: ReplayRequest): Promise<ReplayResult> {
  const records = recordsOf(request.file);
  // The file first: what is no dump opens no connection.
  const first = await records.next();
  const output = await openOutput(context.transport, context.clock, request);
  try {
    const run = new Run(context, request, output);
    if (first.done !== true) await run.send(first.value);
    for await (const record of records) {
      if (request.signal?.aborted === true) break;
      await run.send(record);
    }
    return run.result();
  } finally {
    await output.close();
  }
}

class Run {
  readonly #clock: PluginContext['clock'];
  readonly #request: ReplayRequest;
  readonly #output: PacketOutput;
  readonly #startMs: number;
  #firstOffsetMs: number | undefined;
  #packets = 0;
  #bytes = 0;
  #truncated = 0;

  constructor({ clock }: Pick<PluginContext, 'clock'>, request: ReplayRequest, output: PacketOutput) {
    this.#clock = clock;
    this.#request = request;
    this.#output = output;
    this.#startMs = clock.now();
  }

  /** Sends a packet at its time; the first one at once. */
  async send({ offsetMs, bytes, isRtcp, truncated }: ParsedRtpDumpRecord): Promise<void> {
    const { speed = 1, ssrc, signal } = this.#request;
    this.#firstOffsetMs ??= offsetMs;
    const waitMs = this.#startMs + (offsetMs - this.#firstOffsetMs) / speed - this.#clock.now();
    if (waitMs >= 1) await this.#wait(waitMs);
    if (signal?.aborted === true) return;
    if (truncated) {
      this.#truncated++;
      return;
    }
    await this.#output.send(ssrc === undefined ? bytes : withSsrc(bytes, ssrc, isRtcp), isRtcp);
    this.#packets++;
    this.#bytes += bytes.length;
  }

  result(): ReplayResult {
    return { packets: this.#packets, bytes: this.#bytes, truncated: this.#truncated, durationMs: Math.round(this.#clock.now() - this.#startMs) };
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#request;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      signal?.addEventListener('abort', done);
    });
  }
}

/** The records of a dump file, read as they are used. */
async function* recordsOf(file: string): AsyncGenerator<ParsedRtpDumpRecord, void> {
  const ready: ParsedRtpDumpRecord[] = [];
  let started = false;
  const parser = new RtpDumpParser({
    header: () => {
      started = true;
    },
    record: (record) => void ready.push(record),
  });
  try {
    for await (const chunk of createReadStream(file)) {
      parser.push(chunk as Buffer);
      yield* ready.splice(0);
    }
  } catch (error) {
    throw error instanceof SluiceError ? error : replayError('ERR_REPLAY_FILE', `${file} cannot be read: ${messageOf(error)}`, error);
  }
  if (!started) throw replayError('ERR_REPLAY_FILE', `${file} is no RTP dump: it is too short`);
}
