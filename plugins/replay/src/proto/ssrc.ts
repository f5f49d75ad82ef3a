import { Buffer } from 'node:buffer';

/** Where the sender's SSRC is: RFC 3550 5.1 and 6.4. */
const RTP_SSRC_AT = 8;
const RTCP_SSRC_AT = 4;

/** A copy of an RTP or RTCP packet from another sender. Packets too short to have one stay as they are. */
export function withSsrc(packet: Buffer, ssrc: number, isRtcp: boolean): Buffer {
  const at = isRtcp ? RTCP_SSRC_AT : RTP_SSRC_AT;
  if (packet.length < at + 4) return packet;
  const copy = Buffer.from(packet);
  copy.writeUInt32BE(ssrc >>> 0, at);
  return copy;
}
