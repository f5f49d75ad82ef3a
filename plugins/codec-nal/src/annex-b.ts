import { Buffer } from 'node:buffer';

const START_CODE = Buffer.from([0, 0, 1]);
const LONG_START_CODE = Buffer.from([0, 0, 0, 1]);

/**
 * Splits an Annex B byte stream (ITU-T H.264 and H.265, annex B) into views of its NAL units. Takes start codes of three and four
 * bytes, drops zero bytes after a unit (`trailing_zero_8bits`) and what comes before the first start code. Never throws.
 */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let code = data.indexOf(START_CODE);
  while (code !== -1) {
    const begin = code + 3;
    const next = data.indexOf(START_CODE, begin);
    let end = next === -1 ? data.length : next;
    while (end > begin && data[end - 1] === 0) end--;
    if (end > begin) units.push(data.subarray(begin, end));
    code = next;
  }
  return units;
}

/** Joins NAL units into one Annex B byte stream, each with a four-byte start code. One copy. */
export function joinAnnexB(units: readonly Buffer[]): Buffer {
  const joined = Buffer.allocUnsafe(lengthOf(units));
  let offset = 0;
  for (const unit of units) {
    offset += LONG_START_CODE.copy(joined, offset);
    offset += unit.copy(joined, offset);
  }
  return joined;
}

function lengthOf(units: readonly Buffer[]): number {
  let length = 0;
  for (const unit of units) length += unit.length + 4;
  return length;
}
