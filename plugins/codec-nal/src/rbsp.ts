import { Buffer } from 'node:buffer';

const ESCAPE = Buffer.from([0, 0, 3]);

/**
 * Takes the emulation prevention bytes out of a NAL unit (ITU-T H.264 7.4.1.1, H.265 7.4.2.1): 00 00 03 becomes 00 00.
 * Answers the same buffer where there are none, a copy otherwise; never longer than `nal`.
 */
export function unescapeRbsp(nal: Buffer): Buffer {
  let found = nal.indexOf(ESCAPE);
  if (found === -1) return nal;
  const rbsp = Buffer.allocUnsafe(nal.length);
  let from = 0;
  let length = 0;
  while (found !== -1) {
    length += nal.copy(rbsp, length, from, found + 2);
    from = found + 3;
    found = nal.indexOf(ESCAPE, from);
  }
  length += nal.copy(rbsp, length, from);
  return rbsp.subarray(0, length);
}
