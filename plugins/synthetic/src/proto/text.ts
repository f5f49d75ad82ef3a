import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphCoverage } from './font.js';
import type { Picture } from './picture.js';

/** Where and how a line of text is drawn; pixels and luma values. */
export interface TextStyle {
  readonly x: number;
  readonly y: number;
  /** Height of a letter. */
  readonly height: number;
  readonly ink: number;
  readonly paper: number;
}

/** A line of fixed width letters that draws only those that changed. */
export class TextLine {
  readonly #picture: Picture;
  readonly #style: TextStyle;
  readonly #glyphs = new Map<string, Uint8Array>();
  readonly #width: number;
  /** Left side of each letter. */
  readonly #places: readonly number[];
  #shown = '';

  /** `places`: the left side of each letter, in pixels from `x`; more letters than places are cut. */
  constructor(picture: Picture, style: TextStyle, places: readonly number[]) {
    this.#picture = picture;
    this.#style = style;
    this.#width = letterWidth(style.height);
    this.#places = places;
  }

  /** Shows `text`, cut to the places there are. */
  show(text: string): void {
    for (let at = 0; at < this.#places.length; at++) {
      const letter = text.charAt(at) || ' ';
      if (letter === (this.#shown.charAt(at) || ' ')) continue;
      const { x, y, ink, paper } = this.#style;
      this.#picture.stamp(x + (this.#places[at] as number), y, this.#width, this.#glyph(letter), ink, paper);
    }
    this.#shown = text;
  }

  #glyph(letter: string): Uint8Array {
    const known = this.#glyphs.get(letter);
    if (known !== undefined) return known;
    const made = glyphCoverage(letter, this.#width, this.#style.height);
    this.#glyphs.set(letter, made);
    return made;
  }
}

/** Width of a letter of some height. */
export function letterWidth(height: number): number {
  return Math.round((height * GLYPH_WIDTH) / GLYPH_HEIGHT);
}

/** Places for running text within `room` pixels. */
export function places(height: number, room: number): number[] {
  const step = (letterWidth(height) * 6) / GLYPH_WIDTH;
  return Array.from({ length: Math.max(0, Math.floor(room / step)) }, (_, index) => Math.round(index * step));
}
