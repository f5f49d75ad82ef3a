import type { Fresh } from '../../types.js';

/** An answer, as far as it was asked for. */
export interface RawAnswer {
  /** 0 where there was none. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What to ask. */
export interface RawRequest {
  readonly method?: string;
  /** Sent as it is. `Host` is added unless it is there. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly from?: string;
  readonly timeoutMs?: number;
}

const HEAD_END = '\r\n\r\n';

/** An HTTP request on a bare socket: no client makes the target any nicer than it is. */
export async function rawHttp(
  server: Fresh,
  target: string,
  { method = 'GET', headers = {}, body, from, timeoutMs = 10_000 }: RawRequest = {},
): Promise<RawAnswer> {
  const connection = server.tcp(server.ports.http, from === undefined ? {} : { from });
  const all: Record<string, string> = { host: `127.0.0.1:${server.ports.http}`, connection: 'close', ...headers };
  if (body !== undefined) all['content-length'] = String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.send(Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`, 'utf8'));
  await connection.gets((bytes) => isWhole(bytes), timeoutMs);
  const text = connection.received().toString('utf8');
  connection.close();
  return parse(text);
}

/** Media has no length: its head says enough. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  return length === undefined || bytes.length >= end + HEAD_END.length + Number(length);
}

function parse(text: string): RawAnswer {
  const end = text.indexOf(HEAD_END);
  const [first = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0), headers, body: end < 0 ? '' : text.slice(end + HEAD_END.length) };
}

/** A WebSocket request; 101 where it is let in. */
export function rawUpgrade(server: Fresh, target: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
  return rawHttp(server, target, { headers: { ...headers, ...upgrade } });
}
