import { createWriteStream } from 'node:fs';
import { WebSocket } from 'ws';

/** Writes the binary messages of a WebSocket to a file until `bytes` have come; resolves with their count. */
export function dumpWebSocket(url: string, file: string, bytes: number): Promise<number> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const out = createWriteStream(file);
  let count = 0;
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      out.write(data);
      count += data.length;
      if (count >= bytes) socket.close();
    });
    socket.on('close', () => out.end(() => resolve(count)));
    socket.on('error', reject);
  });
}
