import { isUtf8 } from 'node:buffer';
import { wireTextError } from './errors.js';
import { type HeaderList, type HeaderOptions, parseHeaderLines } from './headers.js';
import { textLimits } from './limits.js';

/** The head of a message: all before the body. */
export interface TextHead {
  readonly startLine: string;
  readonly headers: HeaderList;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Finds where the head ends: the offset of the first body byte after the empty line, or -1. Lines may end in `\r\n`, `\n` or `\r\r\n`.
 * `from` is where to search on when more bytes came; give the length of what was searched before.
 */
export function findHeadEnd(bytes: Buffer, from = 0): number {
  let at = bytes.indexOf(LF, Math.max(0, from - 3));
  while (at >= 0) {
    let next = at + 1;
    while (bytes[next] === CR) next++;
    if (bytes[next] === LF) return next + 1;
    at = bytes.indexOf(LF, at + 1);
  }
  return -1;
}

/** Bytes as text: UTF-8 where they are, else one character per byte, so that nothing is lost and nothing throws. */
export function decodeText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** Reads a start line and headers. An empty line at the end is optional. Throws ERR_TEXT_START_LINE, ERR_TEXT_HEADER or ERR_TEXT_TOO_LARGE. */
export function parseHead(bytes: Buffer, options: HeaderOptions = {}): TextHead {
  const limits = textLimits(options.limits);
  if (bytes.length > limits.maxHeadBytes) throw wireTextError('ERR_TEXT_TOO_LARGE', `head of ${bytes.length} bytes`);
  const lines = linesOf(decodeText(bytes));
  while (lines.at(-1) === '' || lines.at(-1) === '\r') lines.pop();
  const startLine = lines[0];
  if (startLine === undefined || startLine === '') throw wireTextError('ERR_TEXT_START_LINE', 'no start line');
  if (startLine.length > limits.maxHeaderBytes) throw wireTextError('ERR_TEXT_TOO_LARGE', `start line longer than ${limits.maxHeaderBytes} bytes`);
  return { startLine, headers: parseHeaderLines(lines.slice(1), options) };
}

/** Lines without what ends them. By hand: an expression would look through a long run of CR from each of them on. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.length - 1;
  return lines.map((line, index) => {
    let end = line.length;
    while (index < last && line.charCodeAt(end - 1) === CR) end--;
    return line.slice(0, end);
  });
}
