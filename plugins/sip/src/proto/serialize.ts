import { serializeHeaders } from '@sluice/plugin-wire-text';
import type { SipHeaders } from '../service.js';
import type { SipMessage } from './headers.js';

/** Writes a message. Content-Length is that of the body, whatever the headers say. */
export function serializeMessage(message: SipMessage): Buffer {
  const line = message.kind === 'request' ? `${message.method} ${message.uri} SIP/2.0` : `SIP/2.0 ${message.status} ${message.reason}`;
  const list: SipHeaders = [...message.headers.filter(([name]) => name !== 'content-length'), ['content-length', String(message.body.length)]];
  const head = Buffer.from(`${line.replace(/[\r\n\0]+/g, ' ')}\r\n${serializeHeaders(list)}\r\n`, 'utf8');
  return message.body.length === 0 ? head : Buffer.concat([head, message.body]);
}
