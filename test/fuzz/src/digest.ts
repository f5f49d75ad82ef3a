import { Buffer } from 'node:buffer';
import { hash } from './random.js';

const MAX_DEPTH = 24;
/** Values deeper inside are not part of the shape. */
const SHAPE_DEPTH = 3;

/** What was told, as one number, with its size: so that two runs can be compared without keeping either. */
export class Digest {
  #value = 0x811c9dc5;
  /** Bytes and characters told. */
  bytes = 0;
  /** What values were like, without what they were: names, kinds, how long lists were. */
  shape = 0;
  /** How often each label was told. */
  readonly labels = new Map<string, number>();

  /** Told so far, as a number. */
  get value(): number {
    return this.#value >>> 0;
  }

  add(label: string, values: readonly unknown[]): void {
    this.labels.set(label, (this.labels.get(label) ?? 0) + 1);
    this.#text(label);
    for (const value of values) this.#any(value, 0);
  }

  #any(value: unknown, depth: number): void {
    if (depth < SHAPE_DEPTH)
      this.#outline(
        Array.isArray(value) ? `list ${Math.floor(Math.log2(value.length + 1))}` : typeof value === 'number' ? `number ${Math.sign(value)}` : typeof value,
      );
    if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
    else if (Buffer.isBuffer(value) || value instanceof Uint8Array) this.#bytes(value);
    else if (typeof value !== 'object' || value === null) this.#text(typeof value === 'function' ? 'function' : String(value));
    else if (depth > MAX_DEPTH) this.#text('deep');
    else if (Array.isArray(value)) {
      this.#number(value.length);
      for (const item of value) this.#any(item, depth + 1);
    } else if (value instanceof Map || value instanceof Set) {
      this.#any([...value], depth + 1);
    } else {
      for (const [key, item] of Object.entries(value)) {
        this.#text(key);
        if (depth < SHAPE_DEPTH) this.#outline(key);
        this.#any(item, depth + 1);
      }
    }
  }

  /** Does not depend on order or number, so that the same things told more often are nothing new. */
  #outline(text: string): void {
    this.shape |= 1 << (hash(text) % 31);
  }

  #mix(value: number): void {
    this.#value = Math.imul(this.#value ^ value, 0x01000193);
  }

  #number(value: number): void {
    this.bytes += 8;
    if (Number.isSafeInteger(value)) {
      this.#mix(value | 0);
      this.#mix(Math.floor(value / 0x100000000));
    } else {
      this.#text(String(value));
    }
  }

  #text(text: string): void {
    this.bytes += text.length;
    this.#mix(text.length);
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
  }

  #bytes(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.#mix(bytes.length);
    for (let at = 0; at < bytes.length; at++) this.#mix(bytes[at] as number);
  }
}
