import type { VideoFormat } from './h264-parameters.js';
import { type Colour, colour, Picture } from './picture.js';
import { letterWidth, places, TextLine } from './text.js';

const BARS = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
] as const;
const PANEL = colour(18, 18, 18);
const EDGE = colour(235, 235, 235);
const FOOT = colour(28, 28, 28);
const TRACK = colour(56, 56, 56);
const BLOCK = colour(64, 200, 255);
const LAMP_ON = colour(255, 190, 40);
const LAMP_OFF = colour(60, 52, 36);
const WHITE = 235;
const GREY = 150;
/** Time of the block from side to side and back, in milliseconds. */
const LAP_MS = 4000;
/** The lamp is lit as long as the beep sounds, in milliseconds of each second. */
const LAMP_MS = 200;

/** What a picture shows. */
export interface CardContent {
  /** `HH:MM:SS.mmm` */
  readonly time: string;
  readonly date: string;
  /** Milliseconds since 1970; moves the block and lights the lamp. */
  readonly wallMs: number;
}

/** Colour bars, the wall clock, the stream's name and a moving block. Distances in units of 1/40 of the width of 640 x 360 and its multiples. */
export class TestCard {
  readonly picture: Picture;
  readonly #time: TextLine;
  readonly #date: TextLine;
  readonly #lamp: { readonly x: number; readonly y: number; readonly size: number };
  readonly #track: { readonly x: number; readonly y: number; readonly width: number; readonly unit: number };
  #blockX = -1;
  #lit: boolean | undefined;

  constructor(format: VideoFormat, name: string) {
    const { width, height } = format;
    const unit = 8 * Math.max(1, Math.min(Math.floor(width / 320), Math.floor(height / 180)));
    const picture = new Picture(width, height);
    this.picture = picture;
    const foot = 16 * Math.round((height - 6.5 * unit) / 16);
    drawBars(picture, foot - 2 * unit);
    drawRamp(picture, foot - 2 * unit, 2 * unit);
    picture.fill(0, foot, picture.stride, picture.rows * 16 - foot, FOOT);

    const timeX = 16 * Math.round((width - 24 * unit) / 32);
    const timeY = 16 * Math.max(1, Math.round((foot - 9 * unit) / 32)) + unit;
    drawPanel(picture, timeX - unit, timeY - unit, 26 * unit, 7 * unit, unit);
    const digits = 2.5 * unit;
    const inset = Math.round((2 * unit - letterWidth(digits)) / 2);
    const paper = PANEL.y;
    this.#time = new TextLine(
      picture,
      { x: timeX + inset, y: timeY + unit / 4, height: digits, ink: WHITE, paper },
      // A digit every two units: at the usual sizes they lie on macroblocks, so that a changed one costs as few as can be.
      Array.from({ length: 12 }, (_, index) => index * 2 * unit),
    );
    const small = (unit * 7) / 8;
    this.#date = new TextLine(picture, { x: timeX + inset, y: timeY + 4 * unit, height: small, ink: GREY, paper }, places(small, 18 * unit));
    this.#lamp = { x: timeX + 22.25 * unit, y: timeY + 3.75 * unit, size: 1.5 * unit };
    this.#track = { x: unit, y: foot + 4.5 * unit, width: width - 2 * unit, unit };
    picture.fill(this.#track.x, this.#track.y, this.#track.width, unit, TRACK);
    drawCaption(picture, foot, unit, name, format);
  }

  /** Draws what changed. */
  show(content: CardContent): void {
    this.#time.show(content.time);
    this.#date.show(content.date);
    this.#showLamp(content.wallMs % 1000 < LAMP_MS);
    this.#showBlock(content.wallMs % LAP_MS);
  }

  #showLamp(lit: boolean): void {
    if (lit === this.#lit) return;
    this.#lit = lit;
    const { x, y, size } = this.#lamp;
    this.picture.fill(x, y, size, size, lit ? LAMP_ON : LAMP_OFF);
  }

  #showBlock(lapMs: number): void {
    const { x, y, width, unit } = this.#track;
    const room = width - 3 * unit;
    const way = 1 - Math.abs(1 - (2 * lapMs) / LAP_MS);
    const blockX = x + 2 * Math.round((way * room) / 2);
    if (blockX === this.#blockX) return;
    if (this.#blockX >= 0) this.picture.fill(this.#blockX, y, 3 * unit, unit, TRACK);
    this.picture.fill(blockX, y, 3 * unit, unit, BLOCK);
    this.#blockX = blockX;
  }
}

function drawBars(picture: Picture, height: number): void {
  for (const [index, [red, green, blue]] of BARS.entries()) {
    const left = 2 * Math.round((index * picture.stride) / BARS.length / 2);
    picture.fill(left, 0, picture.stride - left, height, colour(red, green, blue));
  }
}

/** From black to white. */
function drawRamp(picture: Picture, top: number, height: number): void {
  for (let x = 0; x < picture.stride; x += 2) {
    const grey: Colour = { y: 16 + Math.round((219 * x) / (picture.stride - 2)), cb: 128, cr: 128 };
    picture.fill(x, top, 2, height, grey);
  }
}

function drawPanel(picture: Picture, x: number, y: number, width: number, height: number, unit: number): void {
  const edge = unit / 4;
  picture.fill(x - edge, y - edge, width + 2 * edge, height + 2 * edge, EDGE);
  picture.fill(x, y, width, height, PANEL);
}

function drawCaption(picture: Picture, foot: number, unit: number, name: string, { width, height, fps }: VideoFormat): void {
  const x = unit;
  const room = width - 2 * unit;
  const line = new TextLine(picture, { x, y: foot + (unit * 3) / 4, height: (unit * 3) / 2, ink: WHITE, paper: FOOT.y }, places((unit * 3) / 2, room));
  line.show(name);
  const about = (unit * 7) / 8;
  const second = new TextLine(picture, { x, y: foot + 3 * unit, height: about, ink: GREY, paper: FOOT.y }, places(about, room));
  second.show(`${width} x ${height}  ${fps} fps  H.264  Sluice synthetic camera`);
}
