import { connect } from 'node:net';

/** An answer to a request. */
export interface RtspAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** An RTSP client on a bare socket that says what it is told to; nothing of the code under test makes its bytes. */
export interface RtspBytes {
  /** Sends a request with the next CSeq; resolves with the answer, or with nothing where the connection is closed instead. */
  ask(method: string, uri: string, headers?: Readonly<Record<string, string>>, body?: Buffer | string): Promise<RtspAnswer | undefined>;
  write(bytes: Buffer): void;
  close(): void;
}

/** Cuts answers out of what comes, and passes over interleaved frames. */
function answerReader(onAnswer: (answer: RtspAnswer) => void): (bytes: Buffer) => void {
  let buffer: Buffer = Buffer.alloc(0);
  return (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (;;) {
      if (buffer[0] === 0x24) {
        if (buffer.length < 4 || buffer.length < 4 + buffer.readUInt16BE(2)) return;
        buffer = buffer.subarray(4 + buffer.readUInt16BE(2));
        continue;
      }
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [first = '', ...lines] = buffer.toString('latin1', 0, end).split('\r\n');
      const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
      const length = Number(headers.get('content-length') ?? 0);
      if (buffer.length < end + 4 + length) return;
      onAnswer({ status: Number(first.split(' ')[1]), headers, body: buffer.toString('utf8', end + 4, end + 4 + length) });
      buffer = buffer.subarray(end + 4 + length);
    }
  };
}

/** Connects to a server of this machine. */
export function rtspBytes(port: number): RtspBytes {
  const socket = connect({ port, host: '127.0.0.1' });
  const waiting: ((answer: RtspAnswer | undefined) => void)[] = [];
  let isClosed = false;
  let cseq = 0;
  socket.on(
    'data',
    answerReader((answer) => waiting.shift()?.(answer)),
  );
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  return {
    ask: (method, uri, headers = {}, body = '') => {
      if (isClosed) return Promise.resolve(undefined);
      const length = Buffer.byteLength(body);
      const lines = [
        `CSeq: ${++cseq}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        ...(length > 0 ? [`Content-Length: ${length}`] : []),
      ];
      socket.write(Buffer.concat([Buffer.from(`${method} ${uri} RTSP/1.0\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]));
      return new Promise((resolve) => waiting.push(resolve));
    },
    write: (bytes) => void socket.write(bytes),
    close: () => void socket.destroy(),
  };
}

/** An interleaved frame (RFC 2326 10.12). */
export function interleaved(channel: number, payload: Buffer): Buffer {
  const head = Buffer.from([0x24, channel, 0, 0]);
  head.writeUInt16BE(payload.length & 0xffff, 2);
  return Buffer.concat([head, payload]);
}
