import type { Buffer } from 'node:buffer';
import { createFrame, type Frame, SluiceError, type Track, type TrackInfo } from '@sluice/core';
import { ParameterStore } from './parameter-store.js';
import type { NalBuilderOptions, NalCodecRules, NalFrameBuilder, ParameterSets } from './rules.js';

const MAX_ACCESS_UNIT_BYTES = 8 * 1024 * 1024;
const MAX_UNITS = 512;

/** The frame builder of the codecs made of NAL units; `rules` is what differs between them. */
export function createNalFrameBuilder<Parameters>(rules: NalCodecRules<Parameters>, options: NalBuilderOptions): NalFrameBuilder {
  const builder = new Builder(rules, options);
  if (options.parameters !== undefined) builder.setParameters(options.parameters);
  return builder;
}

class Builder<Parameters> implements NalFrameBuilder {
  readonly #rules: NalCodecRules<Parameters>;
  readonly #store: ParameterStore;
  readonly #trackId: number;
  readonly #clockRate: number;
  readonly #maxBytes: number;
  readonly #maxUnits: number;
  #track: Track | undefined;
  #outOfBand: ParameterSets | undefined;

  constructor(rules: NalCodecRules<Parameters>, options: NalBuilderOptions) {
    this.#rules = rules;
    this.#store = new ParameterStore(rules, options);
    this.#trackId = options.trackId;
    this.#clockRate = options.clockRate;
    this.#maxBytes = options.maxAccessUnitBytes ?? MAX_ACCESS_UNIT_BYTES;
    this.#maxUnits = options.maxUnits ?? MAX_UNITS;
  }

  get track(): Track | undefined {
    return this.#track;
  }

  get ignoredParameterSets(): number {
    return this.#store.ignored;
  }

  setParameters(parameters: unknown): void {
    const sets = this.#rules.fromParameters(parameters);
    // A source may repeat its header; where the stream has meanwhile shown other sets in band, these stay.
    if (this.#outOfBand !== undefined && sameBytes(this.#outOfBand, sets)) return;
    for (const sps of sets[this.#rules.spsKind] ?? []) this.#rules.describe(sps);
    const changed = this.#store.replace(sets);
    this.#outOfBand = sets.map((kind) => [...kind]);
    if (changed) this.#renew();
  }

  build(units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined {
    if (units.length > this.#maxUnits) throw this.#tooMuch('UNITS', `${units.length} NAL units in an access unit, ${this.#maxUnits} allowed`);
    let size = 0;
    let picture = false;
    let key = false;
    let sets = false;
    let empty = false;
    for (const unit of units) {
      size += unit.length;
      if (unit.length === 0) {
        empty = true;
        continue;
      }
      const role = this.#rules.roleOf(unit);
      if (role === 'key') key = true;
      else if (role === 'picture') picture = true;
      else if (role === 'parameterSet') sets = true;
    }
    if (size > this.#maxBytes) throw this.#tooMuch('BYTES', `an access unit of ${size} bytes, ${this.#maxBytes} allowed`);
    if (sets && this.#store.take(units, key)) this.#renew();
    if (this.#track === undefined || !(picture || key)) return undefined;
    return createFrame(this.#track, dts, pts, key, empty ? units.filter((unit) => unit.length > 0) : units, wallClockMs);
  }

  #tooMuch(what: string, message: string): SluiceError {
    return new SluiceError(`ERR_${this.#rules.codec.toUpperCase()}_TOO_MANY_${what}`, message, { fatal: true });
  }

  #renew(): void {
    if (!this.#store.complete) return;
    const sets = this.#store.sets;
    this.#track = Object.freeze({
      id: this.#trackId,
      kind: 'video' as const,
      codec: this.#rules.codec,
      clockRate: this.#clockRate,
      epoch: this.#track === undefined ? 0 : this.#track.epoch + 1,
      parameters: this.#rules.toParameters(sets),
      info: this.#info(sets),
    });
  }

  #info(sets: ParameterSets): TrackInfo {
    const sps = sets[this.#rules.spsKind]?.[0];
    if (sps === undefined) return {};
    try {
      return this.#rules.describe(sps);
    } catch {
      return {};
    }
  }
}

function sameBytes(a: ParameterSets, b: ParameterSets): boolean {
  return a.length === b.length && a.every((sets, kind) => sets.length === b[kind]?.length && sets.every((set, i) => b[kind]?.[i]?.equals(set)));
}
