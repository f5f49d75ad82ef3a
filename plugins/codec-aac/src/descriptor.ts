import { Buffer } from 'node:buffer';
import { type CodecDescriptor, createFrame, type Frame, type FrameBuilder, type FrameBuilderOptions, type Track } from '@sluice/core';
import { type AdtsHeader, adtsConfig, isAdts, parseAdtsHeader } from './adts.js';
import { parseAudioSpecificConfig } from './audio-specific-config.js';
import { aacError } from './errors.js';
import { profileName } from './profile.js';

/** An AAC access unit has at most 6144 bits for each of 48 channels at worst; an ADTS frame can say 8191 bytes. */
const MAX_ACCESS_UNIT_BYTES = 8191;

/** How an AAC builder begins. */
export interface AacBuilderOptions extends FrameBuilderOptions {
  /** Bytes of one access unit; more is a fatal error. Default 8191, the most ADTS can say. */
  readonly maxAccessUnitBytes?: number;
}

/** AAC for inputs and formats. Parameters are `AacParameters`, of which `config` is read. */
export const aac: CodecDescriptor = { name: 'aac', kind: 'audio', createBuilder: createAacBuilder };

/** A frame builder for AAC with limits of one's own. Throws SluiceError where `options.parameters` cannot be read. */
export function createAacBuilder(options: AacBuilderOptions): FrameBuilder {
  const builder = new Builder(options);
  if (options.parameters !== undefined) builder.setParameters(options.parameters);
  return builder;
}

class Builder implements FrameBuilder {
  readonly #trackId: number;
  readonly #clockRate: number;
  readonly #maxBytes: number;
  #track: Track | undefined;
  #config: Buffer | undefined;
  /** The bits of the last ADTS header that do not change from frame to frame; -1 before the first. */
  #fixedHeader = -1;

  constructor(options: AacBuilderOptions) {
    this.#trackId = options.trackId;
    this.#clockRate = options.clockRate;
    this.#maxBytes = options.maxAccessUnitBytes ?? MAX_ACCESS_UNIT_BYTES;
  }

  get track(): Track | undefined {
    return this.#track;
  }

  setParameters(parameters: unknown): void {
    const config = (parameters as { readonly config?: unknown } | null | undefined)?.config;
    if (!Buffer.isBuffer(config)) throw aacError('ERR_AAC_CONFIG', 'AAC parameters are { config }, an AudioSpecificConfig');
    this.#adopt(config);
  }

  build(units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined {
    const unit = units[0];
    if (unit === undefined || unit.length === 0) return undefined;
    if (units.length > 1) throw aacError('ERR_AAC_UNITS', `${units.length} units where a frame has one`);
    const raw = this.#fits(unit) ? this.#strip(unit) : units;
    if (this.#track === undefined || raw === undefined) return undefined;
    return createFrame(this.#track, dts, pts, true, raw, wallClockMs);
  }

  /** Whether the unit is one whole ADTS frame. Raw AAC cannot begin so: its first element would be an END. */
  #fits(unit: Buffer): boolean {
    if (unit.length > this.#maxBytes + 9) throw aacError('ERR_AAC_TOO_LARGE', `an access unit of ${unit.length} bytes, ${this.#maxBytes} allowed`);
    return isAdts(unit);
  }

  #strip(unit: Buffer): readonly Buffer[] | undefined {
    const header = parseAdtsHeader(unit);
    if (header.frameBytes > unit.length) throw aacError('ERR_AAC_ADTS', `a frame of ${header.frameBytes} bytes in a unit of ${unit.length}`);
    this.#learn(unit, header);
    return header.frameBytes === header.headerBytes ? undefined : [unit.subarray(header.headerBytes, header.frameBytes)];
  }

  /** Object type, frequency and channels stand in the third and fourth byte. */
  #learn(unit: Buffer, header: AdtsHeader): void {
    const fixed = unit.readUInt16BE(2) & 0xfdc0;
    if (fixed === this.#fixedHeader) return;
    // Channel configuration 0 says its channels in the coded data only; what is known from outside stays.
    if (header.channelConfiguration !== 0) this.#adopt(adtsConfig(header));
    this.#fixedHeader = fixed;
  }

  #adopt(config: Buffer): void {
    if (this.#config?.equals(config)) return;
    const own = Buffer.from(config);
    const parsed = parseAudioSpecificConfig(own);
    const { objectType, sampleRate, channels } = parsed;
    this.#config = own;
    this.#track = Object.freeze({
      id: this.#trackId,
      kind: 'audio' as const,
      codec: 'aac' as const,
      clockRate: this.#clockRate,
      epoch: this.#track === undefined ? 0 : this.#track.epoch + 1,
      parameters: { config: own, objectType, sampleRate, channels },
      info: { sampleRate, channels, profile: profileName(parsed) },
    });
  }
}
