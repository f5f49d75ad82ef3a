// Views the reference stream and probes /healthz in a process of its own, so that what the tests' clients cost is not measured.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { viewFlv } from '../e2e/support/flv-viewer.js';
import { Watched } from './watched.js';

const PROBE_EVERY_MS = 20;
const PROBE_TIMEOUT_MS = 5000;
const RECONNECT_MS = 200;
/** The prober is none of the strangers whose connections are counted by address. */
const PROBER = '127.0.0.9';

const [, , flvUrl = '', healthUrl = ''] = process.argv;
const watched = new Watched();

async function view(): Promise<void> {
  for (;;) {
    const viewer = viewFlv(flvUrl, ({ type, receivedAtMs }) => {
      if (type === 9) watched.picture(receivedAtMs);
    });
    await viewer.closed;
    watched.cut();
    await sleep(RECONNECT_MS);
  }
}

/** Probes come at their time, whether the one before was answered or not. */
function probe(): void {
  const startedMs = performance.now();
  const done = (ok: boolean): void => watched.probe(performance.now() - startedMs, ok);
  const request = get(healthUrl, { localAddress: PROBER, agent: false, timeout: PROBE_TIMEOUT_MS }, (response) => {
    response.resume();
    response.once('end', () => done(response.statusCode === 200));
  });
  request.once('timeout', () => request.destroy(new Error('time-out')));
  request.once('error', () => done(false));
}

process.on('message', () => process.send?.(watched.take(performance.now())));
process.on('disconnect', () => process.exit(0));
setInterval(probe, PROBE_EVERY_MS);
await view();
