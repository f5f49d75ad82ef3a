import { type Buffer, isUtf8 } from 'node:buffer';

/** Decodes GB18030; given from outside, since it needs the platform's tables. */
export type DecodeGb = (bytes: Buffer) => string;

const BOM = [0xef, 0xbb, 0xbf] as const;

function hasMultiByte(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte >= 0x80) return true;
  return false;
}

/**
 * Text of a body. What the prolog claims is often wrong, so the bytes decide: strictly valid UTF-8 with at least one
 * multi-byte character is UTF-8, all else GB18030 (of which GBK and GB2312 are parts). NULs are left out.
 */
export function decodeBody(bytes: Buffer, decodeGb: DecodeGb): string {
  const marked = BOM.every((byte, i) => bytes[i] === byte);
  const body = marked ? bytes.subarray(BOM.length) : bytes;
  let text: string;
  if (marked || (hasMultiByte(body) && isUtf8(body))) text = body.toString('utf8');
  else text = hasMultiByte(body) ? decodeGb(body) : body.toString('latin1');
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}
