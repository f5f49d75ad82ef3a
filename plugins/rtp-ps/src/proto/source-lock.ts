/** Packets in a row from one source until no other is taken. */
const PACKETS_TO_LOCK = 3;

/**
 * Keeps strangers from sending into a stream: after three packets only their sender's address (and SSRC, on a port of its own) is taken,
 * until it is silent or a new one is announced.
 */
export class SourceLock {
  readonly #relearnMs: number;
  #address: string | undefined;
  #ssrc = 0;
  #inRow = 0;
  #lastMs = 0;

  /** `relearnMs`: after this much silence another source may take over. */
  constructor(relearnMs: number) {
    this.#relearnMs = relearnMs;
  }

  /** Whether a packet from `address` is to be taken. Ports may change: NATs do that. `ssrc`: where any will do at first. */
  accept(address: string, nowMs: number, ssrc = 0): boolean {
    if (address !== this.#address || ssrc !== this.#ssrc) {
      if (this.#inRow >= PACKETS_TO_LOCK && nowMs - this.#lastMs < this.#relearnMs) return false;
      this.#address = address;
      this.#ssrc = ssrc;
      this.#inRow = 0;
    }
    this.#inRow++;
    this.#lastMs = nowMs;
    return true;
  }

  /** Another source is expected (re-INVITE): the next packet tells which. */
  relearn(): void {
    this.#inRow = 0;
  }
}
