import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, createLogger, type LoggerOptions } from '@sluice/core';
import camera from '../index.js';

/** A fleet answers a platform from one address. */
const SIP = { maxPendingPerPeer: 20_000, maxConnections: 100_000 } as const;

/** Runs an engine with nothing but cameras until `signal` is aborted; the answer is the exit code. Rejects where it does not start. */
export async function runCameras(config: Readonly<Record<string, unknown>>, level: NonNullable<LoggerOptions['level']>, signal: AbortSignal): Promise<number> {
  const data = await mkdtemp(join(tmpdir(), 'sluice-camera-'));
  try {
    const logger = createLogger({ level, pretty: process.stdout.isTTY === true });
    const engine = await createEngine({ plugins: [camera], config: { camera: config, sip: SIP, engine: { data } }, logger });
    await engine.start();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await engine.stop();
    return 0;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
