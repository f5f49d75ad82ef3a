import { Buffer } from 'node:buffer';
import type { Random } from './random.js';

/** What a mutation works with. */
export interface MutationContext {
  readonly random: Random;
  /** Longest result, in bytes. */
  readonly maxBytes: number;
  /** Inputs to splice with. */
  readonly pool: readonly Buffer[];
  readonly words: readonly Buffer[];
}

type Mutator = (input: Buffer, context: MutationContext) => Buffer;

/** Values at the edges of what fields can hold. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 188, 254, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 0x7fff, 0x8000, 0xfffe, 0xffff]
  .concat([0x10000, 0x7fffff, 0x800000, 0xffffff, 0x1000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff])
  .map((value) => value >>> 0);
const NUMBERS = ['0', '-1', '00', '1e9', '0x10', '65535', '65536', '2147483647', '2147483648', '4294967295', '4294967296', '9007199254740993'].concat([
  '18446744073709551616',
  '99999999999999999999999',
  '1.5',
  'NaN',
  '٣',
]);

/** A place to begin at. */
const at = (input: Buffer, random: Random) => random.below(input.length);

function put(input: Buffer, offset: number, bytes: Buffer): Buffer {
  const changed = Buffer.from(input);
  bytes.copy(changed, offset);
  return changed;
}

function splice(input: Buffer, from: number, to: number, middle: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), middle, input.subarray(to)]);
}

function integer(value: number, width: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(width);
  for (let n = 0; n < width; n++) bytes[little ? n : width - 1 - n] = Math.floor(value / 2 ** (8 * n)) & 0xff;
  return bytes;
}

const flipBit: Mutator = (input, { random }) => {
  const offset = at(input, random);
  return put(input, offset, Buffer.of((input[offset] as number) ^ (1 << random.below(8))));
};

const setByte: Mutator = (input, { random }) => put(input, at(input, random), Buffer.of(random.once(2) ? random.below(256) : random.pick(EDGES) & 0xff));

const stepByte: Mutator = (input, { random }) => {
  const offset = at(input, random);
  return put(input, offset, Buffer.of(((input[offset] as number) + random.below(33) - 16) & 0xff));
};

const setInteger: Mutator = (input, { random }) => put(input, at(input, random), integer(random.pick(EDGES), 1 + random.below(4), random.once(4)));

/** A number that could be a length is made to say something near: a field that says how much comes is where parsers go wrong. */
const setLength: Mutator = (input, { random }) => {
  const width = 1 + random.below(4);
  const offset = at(input, random);
  const left = Math.max(0, input.length - offset - width);
  const value = random.pick([left, left + 1, left - 1, left * 2, Math.floor(left / 2), random.below(left + 1)]);
  return put(input, offset, integer(Math.max(0, value), width, random.once(8)));
};

const truncate: Mutator = (input, { random }) => (random.once(4) ? input.subarray(at(input, random)) : input.subarray(0, at(input, random)));

const remove: Mutator = (input, { random }) => {
  const from = at(input, random);
  return splice(input, from, from + 1 + random.length(input.length - from), Buffer.alloc(0));
};

const duplicate: Mutator = (input, { random }) => {
  const from = at(input, random);
  const part = input.subarray(from, from + 1 + random.length(input.length - from));
  const to = random.once(2) ? from : at(input, random);
  return splice(input, to, to, part);
};

const grow: Mutator = (input, { random, maxBytes }) => {
  const from = at(input, random);
  const part = input.subarray(from, from + 1 + random.below(Math.min(64, input.length - from)));
  const room = Math.floor((maxBytes - input.length) / part.length);
  const count = random.length(room);
  return splice(input, from, from, Buffer.alloc(part.length * Math.max(1, count), part));
};

const insertNoise: Mutator = (input, { random }) => {
  const noise = Buffer.alloc(1 + random.length(64));
  const same = random.once(3) ? random.below(256) : undefined;
  for (let n = 0; n < noise.length; n++) noise[n] = same ?? random.below(256);
  const to = random.below(input.length + 1);
  return splice(input, to, random.once(2) ? to : to + noise.length, noise);
};

const copyOver: Mutator = (input, { random }) => {
  const from = at(input, random);
  return put(input, at(input, random), input.subarray(from, from + 1 + random.length(input.length - from)));
};

const crossOver: Mutator = (input, { random, pool }) => {
  const other = random.pick(pool);
  if (other.length === 0) return input;
  const from = at(other, random);
  const part = other.subarray(from, from + 1 + random.length(other.length - from));
  const to = at(input, random);
  if (random.once(3)) return Buffer.concat([input.subarray(0, to), other.subarray(from)]);
  return splice(input, to, random.once(2) ? to : to + part.length, part);
};

const join: Mutator = (input, { random, pool }) => Buffer.concat([input, random.pick(pool)]);

const putWord: Mutator = (input, { random, words }) => {
  if (words.length === 0) return flipBit(input, { random, words, pool: [], maxBytes: 0 });
  const word = random.pick(words);
  const to = at(input, random);
  return splice(input, to, random.once(2) ? to : to + word.length, word);
};

/** A decimal number of a text is replaced. */
const setNumber: Mutator = (input, context) => {
  const { random } = context;
  const text = input.toString('latin1');
  const start = at(input, random);
  const match = /\d+/.exec(text.slice(start, start + 256));
  if (match === null) return setInteger(input, context);
  const from = start + match.index;
  return splice(input, from, from + match[0].length, Buffer.from(random.pick(NUMBERS)));
};

const MUTATORS: readonly Mutator[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  stepByte,
  setInteger,
  setLength,
  setLength,
  truncate,
  remove,
  duplicate,
  grow,
  insertNoise,
  copyOver,
  crossOver,
  crossOver,
  join,
  putWord,
  putWord,
  setNumber,
];

/** One input made of another by one to some mutations. */
export function mutate(input: Buffer, context: MutationContext): Buffer {
  const { random, maxBytes } = context;
  let result = input;
  do {
    result = result.length === 0 ? random.pick(context.pool) : random.pick(MUTATORS)(result, context);
    if (result.length > maxBytes) result = result.subarray(0, maxBytes);
  } while (!random.once(3));
  return Buffer.from(result);
}
