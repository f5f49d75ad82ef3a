// Opens HTTP-FLV viewers and finds the senders' time stamps anywhere in what comes (`fanout` looks at a picture's first NAL unit only, which a stream
// with access unit delimiters has before the stamp): delay-reader.js PORT PATH FIRST COUNT SECONDS. Prints one JSON line at the end.
import { connect } from 'node:net';
import { StampFinder } from './stamps.js';

/** So that the GOP that a viewer gets when it joins is not taken for delay. */
const SKIP_MS = 1500;

const [port = '', path = '', first = '', count = '', seconds = ''] = process.argv.slice(2);
const delaysMs: number[] = [];
const from = performance.now() + SKIP_MS;

function open(stream: number): void {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  const finder = new StampFinder();
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    // The clock of the stamps is CLOCK_MONOTONIC, and so is this one.
    const nowUs = Number(process.hrtime.bigint() / 1000n);
    const stamps = finder.find(bytes);
    if (performance.now() < from) return;
    for (const us of stamps) delaysMs.push((nowUs - us) / 1000);
  });
  socket.write(`GET ${path.replace('%d', String(stream))} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
}

for (let i = 0; i < Number(count); i++) open(Number(first) + i);
setTimeout(
  () => {
    delaysMs.sort((a, b) => a - b);
    const at = (share: number): number => delaysMs[Math.floor((delaysMs.length - 1) * share)] ?? Number.NaN;
    process.stdout.write(`${JSON.stringify({ n: delaysMs.length, p50: at(0.5), p99: at(0.99), max: at(1) })}\n`, () => process.exit(0));
  },
  Number(seconds) * 1000 + SKIP_MS,
);
