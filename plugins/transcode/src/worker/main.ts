import { parentPort } from 'node:worker_threads';
import { Codecs } from './codecs.js';
import type { OrderBatch } from './messages.js';
import { SoundWorker } from './sound-worker.js';

// The thread's entry: orders in, results out.
const codecs = new Codecs();
codecs.warm();
const worker = new SoundWorker(codecs, (batch) => parentPort?.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]));
parentPort?.on('message', (batch: OrderBatch) => void worker.receive(batch));
