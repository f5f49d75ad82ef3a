import type { Buffer } from 'node:buffer';
import { ByteWriter } from '@sluice/core';
import { Amf0Marker, type Amf0Object, type Amf0Value } from './amf0-value.js';

const OBJECT_END = Uint8Array.of(0, 0, Amf0Marker.objectEnd);

function writeText(writer: ByteWriter, text: string): void {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 0xffff) writer.u8(Amf0Marker.longString).u32(bytes.length).bytes(bytes);
  else writer.u8(Amf0Marker.string).u16(bytes.length).bytes(bytes);
}

function writeProperties(writer: ByteWriter, properties: Iterable<[string, Amf0Value]>): void {
  for (const [name, value] of properties) {
    const bytes = new TextEncoder().encode(name).subarray(0, 0xffff);
    writer.u16(bytes.length).bytes(bytes);
    writeAmf0(writer, value);
  }
  writer.bytes(OBJECT_END);
}

function writeAmf0(writer: ByteWriter, value: Amf0Value): void {
  if (typeof value === 'number') writer.u8(Amf0Marker.number).f64(value);
  else if (typeof value === 'boolean') writer.u8(Amf0Marker.boolean).u8(value ? 1 : 0);
  else if (typeof value === 'string') writeText(writer, value);
  else if (value === null) writer.u8(Amf0Marker.null);
  else if (value === undefined) writer.u8(Amf0Marker.undefined);
  else if (value instanceof Date) writer.u8(Amf0Marker.date).f64(value.getTime()).u16(0);
  else if (value instanceof Map) {
    writer.u8(Amf0Marker.ecmaArray).u32(value.size);
    writeProperties(writer, value);
  } else if (Array.isArray(value)) {
    writer.u8(Amf0Marker.strictArray).u32(value.length);
    for (const entry of value) writeAmf0(writer, entry);
  } else {
    writer.u8(Amf0Marker.object);
    writeProperties(writer, Object.entries(value as Amf0Object));
  }
}

/** Values one after the other as AMF0: plain objects as objects, a `Map` as ECMA array, an array as strict array. */
export function serializeAmf0(...values: readonly Amf0Value[]): Buffer {
  const writer = new ByteWriter();
  for (const value of values) writeAmf0(writer, value);
  return writer.finish();
}
