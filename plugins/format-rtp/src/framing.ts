import { SluiceError } from '@sluice/core';

/** Puts the two bytes of length in front of a packet (RFC 4571 2). Throws `ERR_RTP_FIELD` for more than 65535 bytes. */
export function frameRfc4571(packet: Buffer): Buffer {
  if (packet.length > 0xffff) throw new SluiceError('ERR_RTP_FIELD', 'an RFC 4571 frame holds at most 65535 bytes');
  const framed = Buffer.allocUnsafe(packet.length + 2);
  framed.writeUInt16BE(packet.length);
  packet.copy(framed, 2);
  return framed;
}
