import { Buffer } from 'node:buffer';
import { type SniffedPayload, sniffRtpPayload } from '@sluice/plugin-format-rtp';

const PACK_START = Buffer.of(0, 0, 1, 0xba);
/** Bytes in the middle of a program stream look like a NAL unit one time in twenty: so many in a row are none by chance. */
const NAL_IN_ROW = 8;

/** Finds out what the payloads of a stream are, from as many packets as that takes. */
export class PayloadSniffer {
  #last: SniffedPayload | undefined;
  #inRow = 0;

  /** Looks at the next payload; answers once it is sure. */
  look(payload: Buffer): SniffedPayload | undefined {
    // A pack may begin anywhere in a packet; in NAL units these bytes cannot be (emulation prevention).
    if (payload.includes(PACK_START)) return 'ps';
    const seen = sniffRtpPayload(payload);
    if (seen === 'ts' || seen === 'hikvision-private') return seen;
    if (seen === undefined || seen === 'ps' || seen !== this.#last) this.#inRow = 0;
    this.#last = seen;
    if (seen === undefined || seen === 'ps') return undefined;
    return ++this.#inRow >= NAL_IN_ROW ? seen : undefined;
  }
}
