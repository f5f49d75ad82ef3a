import { type Parameters, parseParameters, splitOutside } from '@sluice/plugin-wire-text';
import { header, type SipMessage } from './headers.js';

/** One hop of a `Via` header (RFC 3261 20.42). */
export interface Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  /** `branch`, `received`, `rport` … */
  readonly parameters: Parameters;
}

/** How every branch of RFC 3261 begins (8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK';

const SENT = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]+)\s+(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?:\s*:\s*(\d{1,5}))?\s*(?:;(.*))?$/s;

/** Reads one hop; undefined where it is none. */
export function parseVia(text: string): Via | undefined {
  const match = SENT.exec(text);
  if (!match) return undefined;
  return {
    transport: (match[1] ?? '').toUpperCase(),
    host: (match[2] ?? '').toLowerCase(),
    port: match[3] === undefined ? undefined : Number(match[3]),
    parameters: parseParameters(match[4] ?? ''),
  };
}

/** The hops of one header line. */
export function splitVia(value: string): string[] {
  return splitOutside(value, ',');
}

/** The newest hop. */
export function topVia(message: SipMessage): Via | undefined {
  return parseVia(splitVia(header(message, 'via') ?? '')[0] ?? '');
}

/**
 * The header line with where the packet came from written into its newest hop: `received` where the host lies or `rport` was asked for,
 * `rport` where it was asked for (RFC 3261 18.2.1, RFC 3581 4).
 */
export function stampVia(value: string, address: string, port: number): string {
  const [top = '', ...rest] = splitVia(value);
  const via = parseVia(top);
  if (!via) return value;
  const wantsPort = via.parameters.has('rport');
  let stamped = top.replace(/;\s*received\s*=[^;]*/gi, '');
  if (wantsPort) stamped = stamped.replace(/;\s*rport(?:\s*=[\s\d]*|\s*)(?=;|$)/gi, `;rport=${port}`);
  if (wantsPort || via.host !== address.toLowerCase()) stamped += `;received=${address}`;
  return [stamped, ...rest].join(', ');
}
