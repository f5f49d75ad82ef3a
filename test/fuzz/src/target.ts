import type { Buffer } from 'node:buffer';

/** Where a target tells what its parser gave out: frames, messages, fields. Only what is told can be compared and bounded. */
export type Tell = (label: string, ...values: readonly unknown[]) => void;

/** A parser at work on one input. */
export interface Feed {
  push(piece: Buffer): void | Promise<void>;
  /** The input is over. */
  end?(): void;
}

/** Where seeds come from. The crashers of a target are seeds too. */
export interface Seeds {
  /** Kinds of `cases/corpus/cases.json`, where that is there. */
  readonly kinds?: readonly string[];
  /** Kinds, or files of the repository, that have to be made what the target takes. */
  readonly wrapped?: readonly { readonly kind?: string; readonly file?: string; readonly wrap: (bytes: Buffer) => Buffer }[];
  /** Files of the repository that are there in any case, from its root. */
  readonly files?: readonly string[];
  /** Made on the spot. */
  readonly made?: readonly (Buffer | string)[];
  /** Files of `cases`, where that is there. */
  readonly cases?: readonly string[];
}

/** Bytes of an input where a target says nothing else. */
export const DEFAULT_INPUT_BYTES = 16 * 1024;

/** One parser, as the fuzzer sees it. */
export interface Target {
  readonly name: string;
  readonly seeds: Seeds;
  /** Words that a mutation may put in: keywords of a text, magic bytes. */
  readonly words?: readonly (Buffer | string)[];
  /** Begins on a new input. */
  start(tell: Tell): Feed;
  /**
   * What cutting the input into pieces may change. `nothing`: the same is told and the same error thrown. `end`: as much as was told before an error
   * may differ, and which error. `anything`: the ends of pieces mean something to the parser, so that only what it throws is looked at. `whole`: the parser takes whole inputs only, and is never given pieces.
   */
  readonly cuts: 'nothing' | 'end' | 'anything' | 'whole';
  /** The parser promises to hold no view of a piece after `push`: pieces are overwritten then. */
  readonly copies?: boolean;
  /** Bytes of an input. Default 16 KiB. */
  readonly maxBytes?: number;
  /** Longer than this for a whole input is too slow, in milliseconds. Default 250. */
  readonly slowMs?: number;
  /** Bytes that a parser may hold beside what it was given. Default 256 KiB. */
  readonly heldBytes?: number;
}

/** A target for a function that takes a whole input. */
export function wholeTarget(name: string, seeds: Seeds, parse: (input: Buffer, tell: Tell) => void | Promise<void>, more: Partial<Target> = {}): Target {
  return { name, seeds, cuts: 'whole', ...more, start: (tell) => ({ push: (input) => parse(input, tell) }) };
}

/** Expressions that look at each letter for each letter take a quarter of a second for 16 KiB; the others take some milliseconds. */
const SLOW_TEXT_MS = 100;

/** A target for a function that takes a text. Bytes are given as UTF-8 would read them, or as Latin-1 where they are not UTF-8. */
export function textTarget(name: string, seeds: Seeds, parse: (text: string, tell: Tell) => void | Promise<void>, more: Partial<Target> = {}): Target {
  return wholeTarget(name, seeds, (input, tell) => parse(textOf(input), tell), { slowMs: SLOW_TEXT_MS, ...more });
}

function textOf(input: Buffer): string {
  const text = input.toString('utf8');
  return text.includes('\ufffd') ? input.toString('latin1') : text;
}
