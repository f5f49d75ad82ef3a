import { SluiceError } from '@sluice/core';

const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Checks what the opening handshake must carry (RFC 6455 4.2.1). Throws `ERR_WS_HANDSHAKE` (400, or 426 for another version). */
export function checkHandshake(request: {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): void {
  const refuse = (status: number, message: string) => new SluiceError('ERR_WS_HANDSHAKE', message, { plugin: 'ws-flv', status });
  if (request.method !== 'GET') throw refuse(405, 'a WebSocket is opened by GET');
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers;
  if (typeof key !== 'string' || !KEY.test(key)) throw refuse(400, 'no valid Sec-WebSocket-Key');
  if (version !== '13') throw refuse(426, 'only version 13 of WebSocket is spoken');
}
