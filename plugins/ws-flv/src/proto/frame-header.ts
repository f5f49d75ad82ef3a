const FIN_BINARY = 0x82;

/** Bytes of the header of an unmasked frame with a payload of `length` bytes (RFC 6455 5.2). */
export function frameHeaderSize(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** The header of one final, unmasked binary frame with a payload of `length` bytes (RFC 6455 5.2; servers do not mask, 5.1). */
export function binaryFrameHeader(length: number): Buffer {
  const size = frameHeaderSize(length);
  const frame = Buffer.allocUnsafe(size);
  frame[0] = FIN_BINARY;
  if (size === 2) frame[1] = length;
  else if (size === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length >>> 0, 6);
  }
  return frame;
}
