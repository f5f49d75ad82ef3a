/** What the load tools put before each picture, in an SEI: this, and the time in 16 hexadecimal digits. */
const UUID = Buffer.from('perf-stamp-v0001');
const DIGITS = 16;
const LENGTH = UUID.length + DIGITS;

/** Finds time stamps in a stream of bytes, also where they are cut. */
export class StampFinder {
  #held: Buffer = Buffer.alloc(0);

  /** The stamps that are complete with these bytes, in microseconds. */
  find(bytes: Buffer): number[] {
    const data = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const found: number[] = [];
    let done = 0;
    for (let at = data.indexOf(UUID); at >= 0 && at + LENGTH <= data.length; at = data.indexOf(UUID, done)) {
      done = at + LENGTH;
      found.push(Number.parseInt(data.toString('latin1', at + UUID.length, done), 16));
    }
    this.#held = Buffer.from(data.subarray(Math.max(done, data.length - LENGTH + 1)));
    return found;
  }
}
