import { Buffer } from 'node:buffer';
import { splitAnnexB } from '@sluice/plugin-codec-nal';

const START_CODE = Buffer.from([0, 0, 1]);
/** Packets that one access unit may take: a bound on the small objects, beside that on the bytes. */
const MAX_PIECES = 16_384;
/** Where views keep so much more alive than they show, they are copied. */
const SPARE_BYTES = 1024 * 1024;

/** NAL units under way, as views of packets; copied once, into a buffer of just their size. */
export class NalAssembly {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  /** For each unit, where it ends in the bytes. */
  #ends: number[] = [];
  #bytes = 0;
  #retained = 0;
  /** Bytes and pieces before the fragmented unit under way. */
  #openBytes = 0;
  #openPieces = 0;
  #isOpen = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get units(): number {
    return this.#ends.length;
  }

  /** A fragmented unit is under way. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False where it is too much. */
  add(unit: Buffer): boolean {
    if (!this.#append(unit)) return false;
    this.#ends.push(this.#bytes);
    return true;
  }

  open(header: Buffer): boolean {
    this.#isOpen = true;
    this.#openBytes = this.#bytes;
    this.#openPieces = this.#pieces.length;
    return this.#append(header);
  }

  fragment(data: Buffer): boolean {
    return this.#append(data);
  }

  /** The fragmented unit is whole. */
  close(): void {
    this.#isOpen = false;
    this.#ends.push(this.#bytes);
  }

  /** The fragmented unit will never be whole. */
  dropOpen(): void {
    this.#isOpen = false;
    this.#pieces.length = this.#openPieces;
    this.#bytes = this.#openBytes;
  }

  clear(): void {
    this.#pieces = [];
    this.#ends = [];
    this.#bytes = 0;
    this.#retained = 0;
    this.#isOpen = false;
  }

  /** All whole units, in one buffer, and forgets them. */
  take(): Buffer[] {
    if (this.#isOpen) this.dropOpen();
    const data = Buffer.concat(this.#pieces, this.#bytes);
    const units: Buffer[] = [];
    let at = 0;
    for (const end of this.#ends) {
      splitInto(data.subarray(at, end), units);
      at = end;
    }
    this.clear();
    return units;
  }

  #append(view: Buffer): boolean {
    if (this.#bytes + view.length > this.#maxBytes || this.#pieces.length >= MAX_PIECES) return false;
    if (this.#pieces[this.#pieces.length - 1]?.buffer !== view.buffer) this.#retained += view.buffer.byteLength;
    this.#pieces.push(view);
    this.#bytes += view.length;
    if (this.#retained > 4 * this.#bytes + SPARE_BYTES) this.#compact();
    return true;
  }

  #compact(): void {
    const before = this.#isOpen ? this.#openPieces : this.#pieces.length;
    const done = Buffer.concat(this.#pieces.slice(0, before));
    const open = Buffer.concat(this.#pieces.slice(before));
    this.#pieces = [done, open];
    this.#openPieces = 1;
    this.#retained = this.#bytes;
  }
}

/** A NAL unit never has a start code inside (ITU-T H.264 7.4.1); where there is one, the sender put Annex B data into a unit. */
function splitInto(unit: Buffer, units: Buffer[]): void {
  const code = unit.indexOf(START_CODE);
  if (code < 0) {
    units.push(unit);
    return;
  }
  let end = code;
  while (end > 0 && unit[end - 1] === 0) end--;
  if (end > 0) units.push(unit.subarray(0, end));
  for (const inner of splitAnnexB(unit.subarray(code))) units.push(inner);
}
