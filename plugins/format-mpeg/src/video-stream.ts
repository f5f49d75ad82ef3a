import { splitAnnexB } from '@sluice/plugin-codec-nal';
import type { AccessUnitSink } from './access-unit.js';
import { EndHints } from './end-hints.js';
import { type PesTimes, type ProgramClock, StreamTime } from './media-time.js';
import { type Alignment, alignmentOf, beginsAccessUnit, groupAccessUnits, guessCodec, hasInnerDelimiter, isSlice, sniffCodec } from './picture-units.js';
import { Pieces } from './pieces.js';

/** A picture may well be as long as this; beyond, it is looked whether it is more than one. */
const LOOK_BYTES = 256 * 1024;

/** From this byte of the pieces on, the next access unit that begins has these times. */
interface Mark {
  offset: number;
  readonly times: PesTimes;
  readonly fallback: number | undefined;
}

/**
 * Puts the payloads of one video stream together to access units. Senders give the time with the first PES packet of a picture only, or
 * with each; put parameter sets and slices into PES packets of their own; spread a picture over packs; or cut without regard to pictures.
 */
export class VideoStream {
  readonly #streamId: number;
  readonly #clock: ProgramClock;
  readonly #time: StreamTime;
  readonly #sink: AccessUnitSink;
  readonly #pieces = new Pieces();
  readonly #hints = new EndHints();
  #marks: Mark[] = [];
  #sniffed: string | undefined;
  #guessed: string | undefined;
  /** Codec by stream type. */
  #declared: string | undefined;
  /** PES packets of this stream begin and end anywhere in a picture. */
  #unaligned = false;
  /** After damage: nothing is taken until an access unit begins. */
  #broken = false;
  /** Time of the access unit that was given out on a hint, to know its continuation. */
  #endedPts: number | undefined;
  /** Packs that began since the access unit under way did. */
  #packs = 0;
  /** Bytes held when it was last looked for several pictures in them. */
  #looked = 0;
  #splitData: Buffer | undefined;
  #splitUnits: Buffer[] = [];

  constructor(streamId: number, clock: ProgramClock, sink: AccessUnitSink) {
    this.#streamId = streamId;
    this.#clock = clock;
    this.#time = new StreamTime(clock);
    this.#sink = sink;
  }

  /** Bytes of the access unit under way. */
  get length(): number {
    return this.#pieces.length;
  }

  declare(codec: string | undefined): void {
    this.#declared = codec;
  }

  /** What the units are, as far as seen. */
  get #codec(): string | undefined {
    return this.#sniffed ?? this.#declared ?? this.#guessed;
  }

  get #hasUnits(): boolean {
    const codec = this.#codec;
    return codec === undefined || codec === 'h264' || codec === 'h265';
  }

  /** A PES packet begins; `head` is the beginning of its payload. */
  begin(times: PesTimes, head: Buffer): void {
    const alignment = this.#hasUnits ? alignmentOf(head, this.#codec ?? 'h264') : times.pts === undefined ? 'middle' : 'start';
    if (this.#pieces.length === 0) {
      this.#first(times, alignment);
      return;
    }
    const last = this.#marks[this.#marks.length - 1];
    const sameTime = times.pts === undefined || (last !== undefined && last.times.pts === times.pts);
    const ends = sameTime ? alignment === 'start' && this.#hasUnits && this.#hasSlice() : alignment !== 'unaligned';
    this.#hints.judge(ends);
    if (ends) {
      this.#complete();
      this.#first(times, alignment);
    } else if (!sameTime) {
      this.#unaligned = true;
      this.#giveWhole();
      this.#mark(times);
    } else if (this.#hasUnits && this.#pieces.length >= Math.max(2 * this.#looked, this.#packs > 1 ? 0 : LOOK_BYTES)) {
      // So much without a new time: there may be several pictures in it. Twice as much each time, so that a long one is not joined with each packet.
      this.#giveWhole();
    }
  }

  /** A pack begins. */
  pack(): void {
    if (this.#pieces.length > 0) this.#packs++;
  }

  append(view: Buffer): void {
    if (this.#broken && this.#pieces.length === 0 && this.#marks.length === 0) return;
    this.#pieces.append(view);
  }

  /** The carrier says that a picture ends here (RTP marker), at the end of a PES packet. */
  hint(): void {
    if (this.#pieces.length === 0 || this.#unaligned) return;
    if (!this.#hints.trusted || !this.#hasUnits || !this.#hasSlice()) {
      this.#hints.note();
      return;
    }
    this.#endedPts = this.#marks[0]?.times.pts;
    this.#complete();
    this.#hints.act();
  }

  /** The carrier says so in the middle of a PES packet: it does not know. */
  falseHint(): void {
    this.#hints.clear();
  }

  /** Bytes are missing from here on. Only what a hint showed to be whole is given out; true where something was dropped. */
  lose(): boolean {
    const whole = this.#pieces.length > 0 && this.#hints.reliable && !this.#broken;
    if (whole) this.#complete();
    else if (this.#pieces.length > 0 && this.#hasUnits && (this.#unaligned || this.#packs > 0)) this.#giveWhole();
    const dropped = this.#pieces.length > 0;
    this.#drop();
    this.#hints.forget();
    this.#broken = true;
    return dropped;
  }

  /** The stream is over: what is here is all there is. */
  finish(): void {
    if (this.#pieces.length > 0) this.#complete();
  }

  #first(times: PesTimes, alignment: Alignment): void {
    if (this.#hints.acted) {
      const continues = alignment !== 'start' && (times.pts === undefined || times.pts === this.#endedPts);
      this.#hints.settle(continues);
      // The hint was wrong and the picture went out without its end: the rest is of no use.
      if (continues) this.#broken = true;
    }
    if (this.#broken) {
      if (alignment === 'start') this.#broken = false;
      else if (alignment === 'middle') return;
    }
    this.#mark(times);
  }

  #mark(times: PesTimes): void {
    this.#marks.push({ offset: this.#pieces.length, times, fallback: this.#clock.fallback });
  }

  #hasSlice(): boolean {
    const codec = this.#codec ?? 'h264';
    return this.#split(this.#pieces.peek()).some((unit) => isSlice(unit, codec));
  }

  /** The units of `data`; those that were asked for last are remembered. */
  #split(data: Buffer): Buffer[] {
    if (this.#splitData !== data) {
      this.#splitUnits = splitAnnexB(data);
      this.#splitData = data;
    }
    return this.#splitUnits;
  }

  #drop(): void {
    this.#pieces.clear();
    this.#marks = [];
    this.#packs = 0;
    this.#looked = 0;
  }

  /** All that is held, the last access unit being whole. */
  #complete(): void {
    const data = this.#pieces.take();
    const marks = this.#marks;
    const mayBeSeveral = this.#unaligned || this.#broken || this.#packs > 0;
    this.#drop();
    if (!this.#hasUnits) {
      this.#give([data], marks[0]);
      return;
    }
    const units = this.#split(data);
    this.#splitData = undefined;
    this.#learn(units);
    const codec = this.#codec;
    if (codec === undefined) return;
    if (!this.#hasUnits) this.#give([data], marks[0]);
    else if (mayBeSeveral || hasInnerDelimiter(units, codec)) this.#giveGroups(data, this.#whole(units, codec), marks);
    else if (units.length > 0) this.#give(units, marks[0]);
  }

  /** The access units that are whole for sure, where the last one goes on in the next packet. */
  #giveWhole(): void {
    const data = this.#pieces.take();
    const units = splitAnnexB(data);
    this.#learn(units);
    const codec = this.#codec ?? 'h264';
    const groups = groupAccessUnits(units, codec);
    const rest = groups[groups.length - 1]?.[0];
    const restAt = rest === undefined ? 0 : Math.max(0, rest.byteOffset - data.byteOffset - 3);
    const marks = this.#marks;
    this.#pieces.append(data.subarray(restAt));
    if (groups.length > 1) this.#unaligned = true;
    this.#looked = data.length - restAt;
    if (groups.length < 2) return;
    groups.pop();
    const used = this.#giveGroups(data, this.#whole(groups.flat(), codec), marks);
    this.#marks = marks.slice(used);
    for (const mark of this.#marks) mark.offset = Math.max(0, mark.offset - restAt);
  }

  /** After damage, slices whose picture began before are left out. */
  #whole(units: readonly Buffer[], codec: string): Buffer[][] {
    const from = this.#broken ? units.findIndex((unit) => beginsAccessUnit(unit, codec)) : 0;
    if (from < 0) return [];
    this.#broken = false;
    return groupAccessUnits(from === 0 ? units : units.slice(from), codec);
  }

  /** A time belongs to the first access unit that begins in its packet (ISO/IEC 13818-1 2.4.3.7). Answers how many marks were used up. */
  #giveGroups(data: Buffer, groups: Buffer[][], marks: readonly Mark[]): number {
    let used = 0;
    for (const group of groups) {
      const at = (group[0]?.byteOffset ?? 0) - data.byteOffset - 3;
      let mark: Mark | undefined;
      for (let next = marks[used]; next !== undefined && next.offset <= at; next = marks[used]) {
        mark = next;
        used++;
      }
      this.#give(group, mark);
    }
    return used;
  }

  #give(units: readonly Buffer[], mark: Mark | undefined): void {
    const codec = this.#codec;
    if (codec === undefined) return;
    this.#time.advance(mark?.times, mark?.fallback);
    this.#sink({ streamId: this.#streamId, kind: 'video', codec, units, pts: this.#time.pts, dts: this.#time.dts ?? 0 });
  }

  #learn(units: readonly Buffer[]): void {
    this.#sniffed = sniffCodec(units) ?? this.#sniffed;
    if (this.#codec === undefined) this.#guessed = guessCodec(units);
  }
}
