import { Worker } from 'node:worker_threads';
import type { OrderBatch, ResultBatch } from '../worker/messages.js';

/** The other side of a worker, or of what stands for one in tests. */
export interface SoundThread {
  post(batch: OrderBatch): void;
  close(): Promise<void>;
}

/** What a thread tells. */
export interface ThreadListener {
  results(batch: ResultBatch): void;
  /** It is gone without having been closed. */
  crashed(error: unknown): void;
}

/** Starts a thread. */
export type StartThread = (listener: ThreadListener) => SoundThread;

/** Starts the worker thread of this package; it does not keep the process alive. */
export const startSoundThread: StartThread = (listener) => {
  const worker = new Worker(new URL('../worker/main.js', import.meta.url), { name: 'sluice-transcode' });
  let over = false;
  const crashed = (error: unknown): void => {
    if (over) return;
    over = true;
    listener.crashed(error);
  };
  worker.unref();
  worker.on('message', (batch: ResultBatch) => listener.results(batch));
  worker.on('error', crashed);
  worker.on('exit', (code) => crashed(new Error(`the thread ended with ${code}`)));
  return {
    post: (batch) => worker.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]),
    close: async () => {
      over = true;
      await worker.terminate();
    },
  };
};
