/** Packets in a row from one address until no other is taken. */
const PACKETS_TO_LOCK = 3;

/** Keeps strangers from sending into a stream whose SSRC they know: after some packets only their sender's address is taken. */
export class SourceLock {
  readonly #relearnMs: number;
  #address: string | undefined;
  #inRow = 0;
  #lastMs = 0;

  /** `relearnMs`: after this much silence another address may take over. */
  constructor(relearnMs: number) {
    this.#relearnMs = relearnMs;
  }

  /** Whether a packet from `address` is to be taken. Ports may change: NATs do that. */
  accept(address: string, nowMs: number): boolean {
    if (address !== this.#address) {
      if (this.#inRow >= PACKETS_TO_LOCK && nowMs - this.#lastMs < this.#relearnMs) return false;
      this.#address = address;
      this.#inRow = 0;
    }
    this.#inRow++;
    this.#lastMs = nowMs;
    return true;
  }
}
