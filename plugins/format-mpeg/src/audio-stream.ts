import type { AccessUnitSink } from './access-unit.js';
import { AdtsSplitter, isWholeAdts } from './adts-splitter.js';
import { type PesTimes, type ProgramClock, StreamTime } from './media-time.js';
import { Pieces } from './pieces.js';

/** PTS in units of 8 kHz are believed after so many packets. */
const NARROW_CLOCK_PACKETS = 4;
/** Access units of sound are small. */
const AUDIO_SLAB_BYTES = 16 * 1024;
const G711_TICKS_PER_BYTE = 90_000 / 8000;

/** Puts the payloads of one audio stream together: one access unit per PES packet, or the ADTS frames in it. */
export class AudioStream {
  readonly #streamId: number;
  readonly #clock: ProgramClock;
  readonly #sink: AccessUnitSink;
  readonly #time: StreamTime;
  readonly #pieces = new Pieces(AUDIO_SLAB_BYTES);
  readonly #adts = new AdtsSplitter();
  readonly #fallbackCodec: string;
  #declared: string | undefined;
  #isAdts = false;
  #times: PesTimes = {};
  /** How long the last access unit plays, in 90 kHz; the fraction is carried on. */
  #ticks: number | undefined;
  #fraction = 0;
  #lastPts: number | undefined;
  #lastBytes = 0;
  #narrowSeen = 0;

  /** `fallbackCodec`: what sound without a stream type is taken for. */
  constructor(streamId: number, clock: ProgramClock, sink: AccessUnitSink, fallbackCodec: string) {
    this.#streamId = streamId;
    this.#clock = clock;
    this.#sink = sink;
    this.#fallbackCodec = fallbackCodec;
    this.#time = new StreamTime(clock);
  }

  /** Bytes of the PES packet under way. */
  get length(): number {
    return this.#pieces.length;
  }

  declare(codec: string | undefined): void {
    if (codec !== this.#declared) this.#isAdts = false;
    this.#declared = codec;
  }

  begin(times: PesTimes): void {
    this.#times = times;
  }

  append(view: Buffer): void {
    this.#pieces.append(view);
  }

  /** The PES packet is whole. */
  end(): void {
    if (this.#pieces.length === 0) return;
    const payload = this.#pieces.take();
    if (this.#isAdts || this.#declared === 'aac' || isWholeAdts(payload)) {
      this.#isAdts = true;
      this.#giveAdts(payload);
    } else {
      const codec = this.#declared ?? this.#fallbackCodec;
      const isG711 = codec === 'g711a' || codec === 'g711u';
      this.#give(codec, payload, isG711 ? this.#widen(this.#times, payload.length) : this.#times, isG711 ? payload.length * G711_TICKS_PER_BYTE : undefined);
    }
  }

  /** Bytes are missing. True where something was dropped. */
  lose(): boolean {
    const dropped = this.#pieces.length > 0;
    this.#pieces.clear();
    this.#adts.clear();
    return dropped;
  }

  #giveAdts(payload: Buffer): void {
    let times: PesTimes | undefined = this.#times;
    for (const frame of this.#adts.push(payload)) {
      // The packet's time belongs to the first frame that begins in it.
      const begins = frame.offset >= 0;
      this.#give('aac', frame.data, begins ? times : undefined, frame.ticks);
      if (begins) times = undefined;
    }
  }

  #give(codec: string, data: Buffer, times: PesTimes | undefined, ticks: number | undefined): void {
    const exact = this.#ticks === undefined ? undefined : this.#ticks + this.#fraction;
    const whole = exact === undefined ? undefined : Math.floor(exact);
    const before = this.#time.dts;
    this.#time.advance(times, this.#clock.fallback, whole);
    const followed = before !== undefined && whole !== undefined && this.#time.dts === before + whole;
    this.#fraction = followed && exact !== undefined && whole !== undefined ? exact - whole : 0;
    this.#ticks = ticks;
    this.#sink({ streamId: this.#streamId, kind: 'audio', codec, units: [data], pts: this.#time.pts, dts: this.#time.pts });
  }

  /** G.711 whose PTS counts samples of 8 kHz instead of 90 kHz: each step is just the bytes of the packet before. */
  #widen(times: PesTimes, bytes: number): PesTimes {
    const { pts } = times;
    if (pts === undefined) return times;
    if (this.#lastPts !== undefined && pts !== this.#lastPts) {
      const isNarrow = pts - this.#lastPts === this.#lastBytes;
      this.#narrowSeen = isNarrow ? Math.min(this.#narrowSeen + 1, NARROW_CLOCK_PACKETS) : 0;
    }
    this.#lastPts = pts;
    this.#lastBytes = bytes;
    return this.#narrowSeen < NARROW_CLOCK_PACKETS ? times : { pts: Math.round(pts * G711_TICKS_PER_BYTE) };
  }
}
