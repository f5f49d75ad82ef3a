const APP0 = Buffer.from('ffe000104a46494600010100000100010000', 'hex');

/** The head of a JPEG picture (JFIF, baseline) and some data: no decoder would show it, but the size is found. */
export function picture(width: number, height: number): Buffer {
  const frameHeader = Buffer.from('ffc0000b08000000000101110000', 'hex').subarray(0, 13);
  frameHeader.writeUInt16BE(height, 5);
  frameHeader.writeUInt16BE(width, 7);
  return Buffer.concat([
    Buffer.from('ffd8', 'hex'),
    APP0,
    frameHeader,
    Buffer.from('ffda0008010100003f00', 'hex'),
    Buffer.alloc(64, 0x55),
    Buffer.from('ffd9', 'hex'),
  ]);
}
