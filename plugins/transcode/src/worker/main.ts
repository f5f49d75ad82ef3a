import { parentPort } from 'node:worker_threads';
import { Codecs } from './codecs.js';
import type { OrderBatch } from './messages.js';
import { SoundWorker } from './sound-worker.js';

// The thread's entry: orders in, results out.
const worker = new SoundWorker(new Codecs(), (batch) => parentPort?.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]));
parentPort?.on('message', (batch: OrderBatch) => void worker.receive(batch));
