/** Packets in a row from one source until no other is taken. */
const PACKETS_TO_LOCK = 3;
/** After this much silence the same address may go on from another port: NATs and cameras that connect again do that. */
const PORT_RELEARN_MS = 500;

/** Where a packet comes from. */
export interface LockedSource {
  readonly address: string;
  readonly port: number;
}

/**
 * Keeps strangers from sending into a stream: after three packets only their sender's address and port (and SSRC, on a port of its own) are
 * taken, until it is silent or a new one is announced.
 */
export class SourceLock {
  readonly #relearnMs: number;
  #address: string | undefined;
  #port: number | undefined;
  #ssrc = 0;
  #inRow = 0;
  #lastMs = 0;

  /** `relearnMs`: after this much silence another address may take over. */
  constructor(relearnMs: number) {
    this.#relearnMs = relearnMs;
  }

  /** Whether a packet is to be taken. `ssrc`: where any will do at first. */
  accept(address: string, port: number, nowMs: number, ssrc = 0): boolean {
    const isOther = address !== this.#address || ssrc !== this.#ssrc;
    const isMoved = this.#port !== undefined && port !== this.#port;
    if (isOther || isMoved) {
      const silenceMs = isOther ? this.#relearnMs : Math.min(PORT_RELEARN_MS, this.#relearnMs);
      if (this.#inRow >= PACKETS_TO_LOCK && nowMs - this.#lastMs < silenceMs) return false;
      this.#inRow = 0;
    }
    this.#address = address;
    this.#port = port;
    this.#ssrc = ssrc;
    this.#inRow++;
    this.#lastMs = nowMs;
    return true;
  }

  /** Another source is expected (re-INVITE): the next packet tells which. */
  relearn(): void {
    this.#inRow = 0;
    this.#port = undefined;
  }

  /** The sender's connection is closed: its address may go on from another port at once. */
  forgetPort(): void {
    this.#port = undefined;
  }
}
