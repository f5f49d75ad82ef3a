import iconv from 'iconv-lite';
import type { Charset } from '../proto/profile.js';
import type { DecodeGb } from '../proto/text.js';

const decoder = new TextDecoder('gb18030');
const ENCODINGS: Readonly<Record<Charset, string>> = { gb18030: 'gb18030', gbk: 'gbk', 'utf-8': 'utf8' };

/** Decodes GB18030; bytes that are none become U+FFFD. */
export const decodeGb: DecodeGb = (bytes) => decoder.decode(bytes);

/** Encodes a body in a peer's charset. */
export function encodeText(text: string, charset: Charset): Buffer {
  return iconv.encode(text, ENCODINGS[charset]);
}
