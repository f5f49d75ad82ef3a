import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './server.js';

/** The time stamp that a packet of an RTP channel is sent on with. */
export type RewriteTimestamp = (timestamp: number, channel: number) => number;

const SENDER_REPORT = 200;

/** The interleaved frames (RFC 2326 10.12) of what a publisher sends, with other time stamps in packets and sender reports; messages pass. */
function rewriter(rewrite: RewriteTimestamp, send: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let buffer: Buffer = Buffer.alloc(0);
  return (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (;;) {
      if (buffer[0] !== 0x24) {
        const end = buffer.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/^content-length: *(\d+)/im.exec(buffer.toString('latin1', 0, end))?.[1] ?? 0);
        const size = end + 4 + length;
        if (buffer.length < size) return;
        send(buffer.subarray(0, size));
        buffer = buffer.subarray(size);
        continue;
      }
      if (buffer.length < 4 || buffer.length < 4 + buffer.readUInt16BE(2)) return;
      const frame = Buffer.from(buffer.subarray(0, 4 + buffer.readUInt16BE(2)));
      buffer = buffer.subarray(frame.length);
      const channel = frame[1] as number;
      // RFC 3550 5.1 and 6.4.1: where a packet has its time stamp, and where a report.
      const at = channel % 2 === 0 ? 8 : frame[5] === SENDER_REPORT ? 20 : undefined;
      if (at !== undefined) frame.writeUInt32BE(rewrite(frame.readUInt32BE(at), channel - (channel % 2)) >>> 0, at);
      send(frame);
    }
  };
}

/** Stands between an RTSP publisher and the server and makes a camera of it whose clock is wrong. */
export async function rewriteRtp(serverPort: number, rewrite: RewriteTimestamp): Promise<{ readonly port: number; close(): void }> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((camera) => {
    const inside = connect(serverPort, '127.0.0.1');
    for (const socket of [camera, inside]) sockets.add(socket.on('error', () => {}));
    camera.on(
      'data',
      rewriter(rewrite, (bytes) => inside.write(bytes)),
    );
    camera.on('close', () => inside.destroy());
    inside.pipe(camera);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
