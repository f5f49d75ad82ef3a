import { wireTextError } from './errors.js';

/** What `Authorization: Basic` carries. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** Reads `Basic BASE64` (RFC 7617). Throws ERR_AUTH_SCHEME or ERR_AUTH_MALFORMED. */
export function parseBasicCredentials(header: string): BasicCredentials {
  const match = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header.trim());
  if (!match) throw wireTextError('ERR_AUTH_SCHEME', 'not Basic credentials');
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw wireTextError('ERR_AUTH_MALFORMED', 'Basic credentials without a colon');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Writes `Basic BASE64`. */
export function serializeBasicCredentials(credentials: BasicCredentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`;
}
