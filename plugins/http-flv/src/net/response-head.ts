/**
 * The head of an endless answer, which the close of the connection ends (RFC 9112 6.3): no length, no chunks, so that the bytes after it
 * are the same for all viewers. HTTP/1.0 clients understand it as well.
 */
export function liveResponseHead(contentType: string, date: Date): Buffer {
  const lines = [
    'HTTP/1.1 200 OK',
    `Content-Type: ${contentType}`,
    `Date: ${date.toUTCString()}`,
    'Cache-Control: no-cache, no-store',
    'Connection: close',
    'Access-Control-Allow-Origin: *',
    'X-Content-Type-Options: nosniff',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
