/** The usual 5 x 7 letters of character displays: ASCII 0x20 to 0x7e, five bytes each, a byte a column, the lowest bit on top. */
const COLUMNS = Buffer.from(
  '000000000000005f00000007000700147f147f14242a7f2a12231308646236495522500005030000001c2241000041221c00082a1c2a0808083e08080050300000080808080800606000002010080402' +
    '3e5149453e00427f4000426151494622414949361814127f1027454545393c4a49493001710905033649494936064949291e003636000000563600000008142241141414141441221408000201510906' +
    '324979413e7e1111117e7f494949363e414141227f4141221c7f494949417f090901013e414151327f0808087f00417f41002040413f017f081422417f404040407f0204027f7f0408107f3e4141413e' +
    '7f090909063e4151215e7f09192946464949493101017f01013f4040403f1f2040201f7f2018207f631408146303047804036151494543007f41410002040810200041417f0004020102044040404040' +
    '000102040020545454787f484444383844444420384444487f3854545418087e090102081454543c7f0804047800447d40002040443d00007f10284400417f40007c041804787c080404783844444438' +
    '7c14141408081414187c7c080404084854545420043f4440203c4040207c1c2040201c3c4030403c44281028440c5050503c4464544c44000836410000007f0000004136080008082a1c08',
  'hex',
);

/** Width and height of a letter's grid. */
export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly cells: Uint8Array;
}

function bitmapOf(letter: string): Bitmap {
  const code = letter.charCodeAt(0);
  const index = code >= 0x20 && code <= 0x7e ? code - 0x20 : 0x3f - 0x20; // '?' for what there is no letter for
  const cells = new Uint8Array(GLYPH_WIDTH * GLYPH_HEIGHT);
  for (let x = 0; x < GLYPH_WIDTH; x++) {
    const column = COLUMNS[index * GLYPH_WIDTH + x] as number;
    for (let y = 0; y < GLYPH_HEIGHT; y++) cells[y * GLYPH_WIDTH + x] = (column >> y) & 1;
  }
  return { width: GLYPH_WIDTH, height: GLYPH_HEIGHT, cells };
}

/** Twice the size with smoothed corners (the EPX rule: a quarter takes the colour of its two equal neighbours). */
function doubled({ width, height, cells }: Bitmap): Bitmap {
  const wide = width * 2;
  const result = new Uint8Array(cells.length * 4);
  const cell = (x: number, y: number): number => (x < 0 || y < 0 || x >= width || y >= height ? 0 : (cells[y * width + x] as number));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = cell(x, y);
      const up = cell(x, y - 1);
      const right = cell(x + 1, y);
      const left = cell(x - 1, y);
      const down = cell(x, y + 1);
      const at = y * 2 * wide + x * 2;
      result[at] = left === up && left !== down && up !== right ? up : own;
      result[at + 1] = up === right && up !== left && right !== down ? right : own;
      result[at + wide] = down === left && down !== right && left !== up ? left : own;
      result[at + wide + 1] = right === down && right !== up && down !== left ? down : own;
    }
  }
  return { width: wide, height: height * 2, cells: result };
}

/** Coverage of a letter, 0 to 255 a pixel, row by row, at any size: the smoothed letter averaged over each pixel. */
export function glyphCoverage(letter: string, width: number, height: number): Uint8Array {
  const fine = doubled(doubled(doubled(bitmapOf(letter))));
  const coverage = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) coverage[y * width + x] = Math.round(255 * mean(fine, x / width, y / height, (x + 1) / width, (y + 1) / height));
  }
  return coverage;
}

/** Share of set cells in a part of the bitmap, sampled on a grid of 4 x 4 points; sides as fractions. */
function mean({ width, height, cells }: Bitmap, left: number, top: number, right: number, bottom: number): number {
  let sum = 0;
  for (let row = 0; row < 4; row++) {
    const y = Math.floor((top + ((bottom - top) * (row + 0.5)) / 4) * height);
    for (let column = 0; column < 4; column++) sum += cells[y * width + Math.floor((left + ((right - left) * (column + 0.5)) / 4) * width)] as number;
  }
  return sum / 16;
}
