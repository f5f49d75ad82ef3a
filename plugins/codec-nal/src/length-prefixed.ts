import type { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';

/**
 * Splits NAL units that each follow their length (ISO/IEC 14496-15: FLV, RTMP, MP4) into views. Units of length zero are dropped.
 * @param lengthSize bytes of the length field, 1 to 4
 * @throws SluiceError `ERR_NAL_LENGTH` where a length points past the end or a length field is cut
 */
export function splitLengthPrefixed(data: Buffer, lengthSize: number): Buffer[] {
  if (!(Number.isInteger(lengthSize) && lengthSize >= 1 && lengthSize <= 4)) {
    throw new SluiceError('ERR_NAL_LENGTH', `a NAL length field has 1 to 4 bytes, not ${lengthSize}`, { fatal: true });
  }
  const units: Buffer[] = [];
  let offset = 0;
  while (offset < data.length) {
    const left = data.length - offset - lengthSize;
    const length = left < 0 ? 0 : data.readUIntBE(offset, lengthSize);
    if (length > left) throw new SluiceError('ERR_NAL_LENGTH', `a NAL unit of ${length} bytes where ${Math.max(left, 0)} are left`, { fatal: true });
    offset += lengthSize;
    if (length > 0) units.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return units;
}

/** Bytes that `writeLengthPrefixed` will write. */
export function lengthPrefixedSize(units: readonly Buffer[]): number {
  let size = 0;
  for (const unit of units) size += unit.length + 4;
  return size;
}

/** Writes each unit after its length in four bytes into `target` from `offset` on; answers the offset after the last byte. */
export function writeLengthPrefixed(units: readonly Buffer[], target: Buffer, offset: number): number {
  let at = offset;
  for (const unit of units) {
    at = target.writeUInt32BE(unit.length, at);
    at += unit.copy(target, at);
  }
  return at;
}
