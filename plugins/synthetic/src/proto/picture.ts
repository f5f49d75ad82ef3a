/** A colour: luma and chroma, 8 bit, ITU-R BT.709, limited range. */
export interface Colour {
  readonly y: number;
  readonly cb: number;
  readonly cr: number;
}

/** From red, green and blue, 0 to 255 (ITU-R BT.709 3.2 and 3.4). */
export function colour(red: number, green: number, blue: number): Colour {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {
    y: Math.round(16 + (219 * luma) / 255),
    cb: Math.round(128 + (224 * (blue - luma)) / (1.8556 * 255)),
    cr: Math.round(128 + (224 * (red - luma)) / (1.5748 * 255)),
  };
}

/** A 4:2:0 picture of whole macroblocks to draw on, which remembers the macroblocks that were touched. */
export class Picture {
  readonly columns: number;
  readonly rows: number;
  readonly stride: number;
  readonly luma: Uint8Array;
  readonly cb: Uint8Array;
  readonly cr: Uint8Array;
  /** One byte per macroblock: 1 where something was drawn since `clean`. */
  readonly dirty: Uint8Array;

  /** `width` and `height` in pixels; rounded up to macroblocks. */
  constructor(width: number, height: number) {
    this.columns = Math.ceil(width / 16);
    this.rows = Math.ceil(height / 16);
    this.stride = this.columns * 16;
    const size = this.stride * this.rows * 16;
    this.luma = new Uint8Array(size).fill(16);
    this.cb = new Uint8Array(size / 4).fill(128);
    this.cr = new Uint8Array(size / 4).fill(128);
    this.dirty = new Uint8Array(this.columns * this.rows).fill(1);
  }

  /** Says that all was taken. */
  clean(): void {
    this.dirty.fill(0);
  }

  /** Marks the macroblocks of a rectangle, in pixels. */
  touch(x: number, y: number, width: number, height: number): void {
    const right = Math.min(this.columns, Math.ceil((x + width) / 16));
    const bottom = Math.min(this.rows, Math.ceil((y + height) / 16));
    for (let row = Math.floor(y / 16); row < bottom; row++) this.dirty.fill(1, row * this.columns + Math.floor(x / 16), row * this.columns + right);
  }

  /** Fills a rectangle; all numbers even, as chroma has half the resolution. Cut at the picture's edges on the right and at the bottom. */
  fill(x: number, y: number, width: number, height: number, { y: luma, cb, cr }: Colour): void {
    const right = Math.min(this.stride, x + width);
    const bottom = Math.min(this.rows * 16, y + height);
    for (let row = y; row < bottom; row++) this.luma.fill(luma, row * this.stride + x, row * this.stride + right);
    const half = this.stride / 2;
    for (let row = y / 2; row < bottom / 2; row++) {
      this.cb.fill(cb, row * half + x / 2, row * half + right / 2);
      this.cr.fill(cr, row * half + x / 2, row * half + right / 2);
    }
    this.touch(x, y, width, height);
  }

  /** Draws coverage (0 to 255) as grey between `ink` and `paper`; chroma stays as it is. */
  stamp(x: number, y: number, width: number, coverage: Uint8Array, ink: number, paper: number): void {
    const height = coverage.length / width;
    for (let row = 0; row < height; row++) {
      const to = (y + row) * this.stride + x;
      for (let column = 0; column < width; column++) {
        const part = coverage[row * width + column] as number;
        this.luma[to + column] = paper + Math.round(((ink - paper) * part) / 255);
      }
    }
    this.touch(x, y, width, height);
  }
}
