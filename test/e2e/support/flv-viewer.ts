import { connect, type Socket } from 'node:net';

/** An FLV tag as it came. */
export interface FlvTag {
  /** 8 audio, 9 video, 18 script. */
  readonly type: number;
  readonly dtsMs: number;
  readonly body: Buffer;
  readonly receivedAtMs: number;
}

/** An HTTP-FLV viewer on a bare socket, without any of the code under test. */
export interface FlvViewer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  /** Resolves with the first tag that matches, of those to come. */
  next(matches: (tag: FlvTag) => boolean): Promise<FlvTag>;
  close(): void;
}

/** Views `url`; `onTag` gets every tag. */
export function viewFlv(url: string, onTag: (tag: FlvTag) => void = () => {}): FlvViewer {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const waiting = new Set<(tag: FlvTag) => void>();
  let buffer: Buffer = Buffer.alloc(0);
  let headerDone = false;
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes]);
    if (!headerDone) {
      const end = buffer.indexOf('\r\n\r\n');
      // The FLV header of 9 bytes and the first, empty "previous tag size".
      if (end < 0 || buffer.length < end + 4 + 13) return;
      buffer = buffer.subarray(end + 4 + 13);
      headerDone = true;
    }
    while (buffer.length >= 15) {
      const size = buffer.readUIntBE(1, 3);
      if (buffer.length < size + 15) return;
      const dtsMs = buffer.readUIntBE(4, 3) + (buffer[7] as number) * 2 ** 24;
      const tag: FlvTag = { type: buffer[0] as number, dtsMs, body: buffer.subarray(11, 11 + size), receivedAtMs: performance.now() };
      buffer = buffer.subarray(size + 15);
      onTag(tag);
      for (const take of [...waiting]) take(tag);
    }
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return {
    socket,
    closed,
    next: (matches) =>
      new Promise((resolve, reject) => {
        const take = (tag: FlvTag): void => {
          if (!matches(tag)) return;
          waiting.delete(take);
          resolve(tag);
        };
        waiting.add(take);
        void closed.then(() => reject(new Error(`${url} ended`)));
      }),
    close: () => socket.destroy(),
  };
}
