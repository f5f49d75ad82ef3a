import type { Buffer } from 'node:buffer';
import { ByteReader, OutOfBytesError } from '@sluice/core';
import { Amf0Marker, type Amf0Value } from './amf0-value.js';
import { flvError } from './errors.js';

/** What AMF0 may ask of us. */
export interface Amf0Limits {
  /** Values inside values. Default 16. */
  readonly maxDepth?: number;
  /** Properties of all objects together. Default 1024. */
  readonly maxProperties?: number;
  /** Entries of all strict arrays together. Default 65536. */
  readonly maxEntries?: number;
  /** Bytes of one string. Default 65536. */
  readonly maxStringBytes?: number;
}

/** Reads AMF0 values one after the other. */
export class Amf0Reader {
  readonly #reader: ByteReader;
  readonly #maxDepth: number;
  readonly #maxStringBytes: number;
  #propertiesLeft: number;
  #entriesLeft: number;

  constructor(bytes: Buffer, limits: Amf0Limits = {}) {
    this.#reader = new ByteReader(bytes);
    this.#maxDepth = limits.maxDepth ?? 16;
    this.#maxStringBytes = limits.maxStringBytes ?? 65536;
    this.#propertiesLeft = limits.maxProperties ?? 1024;
    this.#entriesLeft = limits.maxEntries ?? 65536;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#reader.left;
  }

  /**
   * The next value.
   * @throws SluiceError `ERR_AMF0_CUT`, `ERR_AMF0_MARKER`, `ERR_AMF0_LIMIT`
   */
  value(): Amf0Value {
    try {
      return this.#value(0);
    } catch (error) {
      if (error instanceof OutOfBytesError) throw flvError('ERR_AMF0_CUT', `AMF0 value is cut: ${error.message}`, error);
      throw error;
    }
  }

  #value(depth: number): Amf0Value {
    if (depth > this.#maxDepth) throw flvError('ERR_AMF0_LIMIT', `AMF0 values nested deeper than ${this.#maxDepth}`);
    const reader = this.#reader;
    const marker = reader.u8();
    switch (marker) {
      case Amf0Marker.number:
        return reader.f64();
      case Amf0Marker.boolean:
        return reader.u8() !== 0;
      case Amf0Marker.string:
        return this.#text(reader.u16());
      case Amf0Marker.longString:
      case Amf0Marker.xmlDocument:
        return this.#text(reader.u32());
      case Amf0Marker.null:
        return null;
      case Amf0Marker.undefined:
      case Amf0Marker.unsupported:
        return undefined;
      case Amf0Marker.reference:
        reader.skip(2); // nobody sends these; the value it points at is not looked up
        return undefined;
      case Amf0Marker.date: {
        const date = new Date(reader.f64());
        reader.skip(2); // time zone: reserved, 2.13
        return date;
      }
      case Amf0Marker.typedObject:
        this.#text(reader.u16());
        return this.#object(depth);
      case Amf0Marker.object:
        return this.#object(depth);
      case Amf0Marker.ecmaArray:
        reader.skip(4); // the count is only approximate (FLV specification E.4.4.5)
        return this.#properties(depth);
      case Amf0Marker.strictArray:
        return this.#strictArray(depth);
      default:
        throw flvError('ERR_AMF0_MARKER', `AMF0 has no type ${marker}`);
    }
  }

  #text(bytes: number): string {
    if (bytes > this.#maxStringBytes) throw flvError('ERR_AMF0_LIMIT', `AMF0 string of ${bytes} bytes`);
    return this.#reader.bytes(bytes).toString('utf8');
  }

  #object(depth: number): Amf0Value {
    const object = Object.create(null) as Record<string, Amf0Value>;
    for (const [name, value] of this.#properties(depth)) object[name] = value;
    return object;
  }

  #properties(depth: number): Map<string, Amf0Value> {
    const reader = this.#reader;
    const properties = new Map<string, Amf0Value>();
    // Some encoders leave the end mark out where the object is the last value.
    while (reader.left > 0) {
      const length = reader.u16();
      if (length === 0 && reader.left > 0 && reader.buffer[reader.offset] === Amf0Marker.objectEnd) {
        reader.skip(1);
        return properties;
      }
      if (--this.#propertiesLeft < 0) throw flvError('ERR_AMF0_LIMIT', 'too many AMF0 properties');
      const name = this.#text(length);
      properties.set(name, this.#value(depth + 1));
    }
    return properties;
  }

  #strictArray(depth: number): Amf0Value[] {
    const count = this.#reader.u32();
    if (count > this.#reader.left) throw flvError('ERR_AMF0_CUT', `AMF0 array of ${count} in ${this.#reader.left} bytes`);
    this.#entriesLeft -= count;
    if (this.#entriesLeft < 0) throw flvError('ERR_AMF0_LIMIT', 'too many AMF0 array entries');
    const values: Amf0Value[] = [];
    for (let n = 0; n < count; n++) values.push(this.#value(depth + 1));
    return values;
  }
}

/**
 * All values in `bytes`.
 * @throws SluiceError as `Amf0Reader.value`
 */
export function parseAmf0(bytes: Buffer, limits?: Amf0Limits): Amf0Value[] {
  const reader = new Amf0Reader(bytes, limits);
  const values: Amf0Value[] = [];
  while (reader.left > 0) values.push(reader.value());
  return values;
}
