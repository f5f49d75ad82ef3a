import type { SipHeaders } from '@sluice/plugin-sip/service';

/** A message as far as the trace shows it. */
export interface TracedMessage {
  readonly firstLine: string;
  readonly headers: SipHeaders;
  /** As text. */
  readonly body: string;
}

/** Longer bodies are cut: a line is to be read by people and by grep. */
const MAX_BODY = 32_768;

/** Header parameters that prove who somebody is, or let it be worked out. */
const PARAMETER = /\b(response|cnonce|nonce|rspauth|password|sign[12]?|random[12]|cryptkey)[ \t]{0,8}=[ \t]{0,8}("(?:\\.|[^"\\])*"?|[^,;\s]*)/gi;
const CREDENTIAL_HEADERS = /authorization|authenticate|authentication-info/;
const SECRET_LINE = /^([ \t]{0,8}a=(?:password|username)[ \t]{0,8}[:=]).*$/gim;
const SECRET_ELEMENT = /(<(?:User)?Password>)[^<]*/gi;

/** One message in one line: `\r\n` and other control characters escaped, credentials replaced by `***`. */
export function traceText({ firstLine, headers, body }: TracedMessage): string {
  const lines = headers.map(([name, value]) => `${name}: ${redactHeader(name, value)}`);
  const shown = body.length > MAX_BODY ? `${body.slice(0, MAX_BODY)}… (${body.length} characters)` : body;
  const text = [redactUri(firstLine), ...lines, '', redactBody(shown)].join('\r\n');
  return escapeControls(text.trimEnd());
}

function redactHeader(name: string, value: string): string {
  // Challenges too: with a nonce and an answer a short password is found by trying.
  if (CREDENTIAL_HEADERS.test(name)) return value.replace(PARAMETER, '$1="***"').replace(/^(\s*basic\s+).*/i, '$1***');
  return redactUri(value);
}

/** `sip:user:password@host`. */
function redactUri(text: string): string {
  return text.replace(/(\bsips?:[^\s:@<>;]{0,128}):[^\s@<>;]{0,128}@/gi, '$1:***@');
}

function redactBody(body: string): string {
  return body.replace(SECRET_LINE, '$1***').replace(SECRET_ELEMENT, '$1***');
}

function escapeControls(text: string): string {
  // C0, DEL and C1, and the separators that some viewers take for line ends; the backslash first, so that a line can be turned back.
  return text
    .replace(/\\/g, '\\\\')
    .replace(/\r\n|\n/g, '\\n')
    .replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
