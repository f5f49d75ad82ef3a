import { Buffer } from 'node:buffer';
import { type CodecDescriptor, createFrame, type Frame, type FrameBuilder, type FrameBuilderOptions, SluiceError, type Track } from '@sluice/core';
import { type AdtsHeader, adtsConfig, isAdts, parseAdtsHeader } from './adts.js';
import { parseAudioSpecificConfig } from './audio-specific-config.js';
import { aacError } from './errors.js';
import { profileName } from './profile.js';

/** 6144 bits for each of 8 channels is 6144 bytes (ISO/IEC 14496-3 4.5.1.1); an ADTS frame can say 8191. */
const MAX_ACCESS_UNIT_BYTES = 8191;

/** How an AAC builder begins. */
export interface AacBuilderOptions extends FrameBuilderOptions {
  /** Bytes of one access unit; more is a fatal error. Default 8191, the most ADTS can say. */
  readonly maxAccessUnitBytes?: number;
}

/** A frame builder that also counts what it did not take. */
export interface AacFrameBuilder extends FrameBuilder {
  /** ADTS frames left out because they are broken. */
  readonly ignoredUnits: number;
}

/** AAC for inputs and formats. Parameters are `AacParameters`, of which `config` is read. */
export const aac: CodecDescriptor = { name: 'aac', kind: 'audio', createBuilder: createAacBuilder };

/** A frame builder for AAC with limits of one's own. Throws SluiceError where `options.parameters` cannot be read. */
export function createAacBuilder(options: AacBuilderOptions): AacFrameBuilder {
  const builder = new Builder(options);
  if (options.parameters !== undefined) builder.setParameters(options.parameters);
  return builder;
}

class Builder implements AacFrameBuilder {
  ignoredUnits = 0;
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
    if (unit.length > this.#maxBytes) throw aacError('ERR_AAC_TOO_LARGE', `an access unit of ${unit.length} bytes, ${this.#maxBytes} allowed`);
    // Raw AAC cannot begin like ADTS: its first element would be an END.
    const raw = isAdts(unit) ? this.#strip(unit) : units;
    if (this.#track === undefined || raw === undefined) return undefined;
    return createFrame(this.#track, dts, pts, true, raw, wallClockMs);
  }

  /** A damaged frame is left out and counted: it may be a lost packet, and the next one says all again. */
  #strip(unit: Buffer): readonly Buffer[] | undefined {
    try {
      const header = parseAdtsHeader(unit);
      if (header.frameBytes <= unit.length) {
        const raw = unit.subarray(header.headerBytes, header.frameBytes);
        this.#learn(unit, header, raw);
        return raw.length === 0 ? undefined : [raw];
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
    this.ignoredUnits++;
    return undefined;
  }

  /** Object type, frequency and channels stand in the third and fourth byte. */
  #learn(unit: Buffer, header: AdtsHeader, raw: Buffer): void {
    const fixed = unit.readUInt16BE(2) & 0xfdc0;
    if (fixed === this.#fixedHeader) return;
    this.#adopt(adtsConfig(header, raw));
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
