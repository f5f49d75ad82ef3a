/** An AMF0 object: no prototype, so that no name is special. */
export interface Amf0Object {
  readonly [name: string]: Amf0Value;
}

/** A value of AMF0. An ECMA array is a `Map`, a strict array an array, a date a `Date` (AMF0 specification, 2). */
export type Amf0Value = number | boolean | string | null | undefined | Date | Amf0Object | ReadonlyMap<string, Amf0Value> | readonly Amf0Value[];

/** The first byte of each value (AMF0 specification, 2.1). */
export const Amf0Marker = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  reference: 7,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  unsupported: 13,
  xmlDocument: 15,
  typedObject: 16,
} as const;

/** The property `name` of an object or ECMA array; `undefined` for anything else. */
export function amf0Get(value: Amf0Value, name: string): Amf0Value {
  if (value instanceof Map) return value.get(name);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return undefined;
  return Object.hasOwn(value, name) ? (value as Amf0Object)[name] : undefined;
}

/** The same where it is text. */
export function amf0Text(value: Amf0Value, name: string): string | undefined {
  const found = amf0Get(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** The same where it is a number. */
export function amf0Number(value: Amf0Value, name: string): number | undefined {
  const found = amf0Get(value, name);
  return typeof found === 'number' ? found : undefined;
}
