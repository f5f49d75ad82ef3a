import type { Buffer } from 'node:buffer';
import { codecError } from './errors.js';

/** What the frame header says (ITU-T T.81 B.2.2). */
export interface JpegHeader {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Bits per sample. */
  readonly precision: number;
}

const START_OF_IMAGE = 0xffd8;
/** Markers that begin a frame header (table B.1): C0 to CF but for C4 (tables), C8 (reserved) and CC (conditioning). */
const NO_FRAME = new Set([0xc4, 0xc8, 0xcc]);
const START_OF_SCAN = 0xda;

/**
 * Looks for the frame header of a JPEG picture.
 * @throws SluiceError `ERR___NAME___SYNTAX`
 */
export function parseJpeg(picture: Buffer): JpegHeader {
  if (picture.length < 4 || picture.readUInt16BE(0) !== START_OF_IMAGE) throw codecError('syntax', 'no start of image');
  for (let at = 2; at + 4 <= picture.length; ) {
    if (picture[at] !== 0xff) throw codecError('syntax', `no marker at byte ${at}`);
    const marker = picture[at + 1] ?? 0;
    // Fill bytes may stand before any marker (B.1.1.2).
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === START_OF_SCAN) break;
    const length = picture.readUInt16BE(at + 2);
    if (length < 2) throw codecError('syntax', `a segment of ${length} bytes`);
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker)) return readFrameHeader(picture, at + 4);
    at += 2 + length;
  }
  throw codecError('syntax', 'no frame header');
}

function readFrameHeader(picture: Buffer, at: number): JpegHeader {
  if (at + 5 > picture.length) throw codecError('syntax', 'the frame header breaks off');
  return { precision: picture.readUInt8(at), height: picture.readUInt16BE(at + 1), width: picture.readUInt16BE(at + 3) };
}
