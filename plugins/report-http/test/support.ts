import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';

/** A webhook as it came. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly id: string; readonly type: string; readonly seq: number; readonly data: { readonly path?: string } };
  readonly signed: boolean;
}

/** A receiver of webhooks that checks signatures. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Answers with this status from now on; 0 for not at all. */
  answer(status: number | ((body: Received['body']) => number)): void;
  until(wanted: (received: readonly Received[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Starts one; `port` 0 for any. */
export async function openReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  let waiting: (() => void)[] = [];
  let status: number | ((body: Received['body']) => number) = 204;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const body = JSON.parse(text) as Received['body'];
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const expected = `v1,${createHmac('sha256', key)
        .update(`${String(id)}.${String(timestamp)}.${text}`)
        .digest('base64')}`;
      received.push({ headers: request.headers, body, signed: signature === expected });
      const code = typeof status === 'number' ? status : status(body);
      if (code > 0) response.writeHead(code, { location: '/elsewhere' }).end();
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${bound}/hook?token=T0P`,
    port: bound,
    received,
    answer: (next) => {
      status = next;
    },
    until: async (wanted) => {
      while (!wanted(received)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
