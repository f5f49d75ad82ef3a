// Opens HTTP-FLV viewers that read at a fixed, low rate: slow-reader.js PORT PATH COUNT BYTES_PER_SECOND SECONDS. Prints one JSON line at the end.
import { connect, type Socket } from 'node:net';

const TICK_MS = 100;
const [port = '', path = '', count = '', rate = '', seconds = ''] = process.argv.slice(2);

interface Reader {
  readonly socket: Socket;
  bytes: number;
  open: boolean;
}

function open(): Reader {
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  const reader: Reader = { socket, bytes: 0, open: true };
  socket.on('error', () => {});
  socket.on('close', () => {
    reader.open = false;
  });
  // A listener for 'readable' leaves it to us when to read.
  socket.on('readable', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return reader;
}

function readSome(reader: Reader, most: number): void {
  const size = Math.min(most, reader.socket.readableLength);
  if (size === 0) return;
  const read: Buffer | null = reader.socket.read(size);
  reader.bytes += read?.length ?? 0;
}

const readers = Array.from({ length: Number(count) }, open);
const perTick = Math.ceil((Number(rate) * TICK_MS) / 1000);
const ticks = setInterval(() => {
  for (const reader of readers) readSome(reader, perTick);
}, TICK_MS);
setTimeout(() => {
  clearInterval(ticks);
  const bytes = readers.reduce((sum, reader) => sum + reader.bytes, 0);
  process.stdout.write(`${JSON.stringify({ count: readers.length, open: readers.filter((reader) => reader.open).length, bytes })}\n`);
  for (const { socket } of readers) socket.destroy();
}, Number(seconds) * 1000);
