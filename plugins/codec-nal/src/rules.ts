import type { Buffer } from 'node:buffer';
import type { FrameBuilder, FrameBuilderOptions, TrackInfo } from '@sluice/core';

/** What a NAL unit is to the frame builder. */
export type UnitRole = 'picture' | 'key' | 'parameterSet' | 'other';

/** Parameter sets by kind, in the order of `NalCodecRules.setKinds`. */
export type ParameterSets = readonly (readonly Buffer[])[];

/** A kind of parameter set of a codec. */
export interface ParameterSetKind {
  readonly name: string;
  /** Whether frames need one of it before they can be described. */
  readonly required: boolean;
}

/** The knowledge of one codec that the shared frame builder asks for. Functions are pure. */
export interface NalCodecRules<Parameters> {
  /** The codec's name as in `Track.codec`, also the middle of error codes in capitals. */
  readonly codec: string;
  readonly setKinds: readonly ParameterSetKind[];
  /** The index in `setKinds` of the sequence parameter set. */
  readonly spsKind: number;
  roleOf(unit: Buffer): UnitRole;
  /** The index in `setKinds`; asked only for units that are parameter sets. */
  kindOf(unit: Buffer): number;
  /** The id a parameter set carries. Throws where it cannot be read. */
  idOf(kind: number, unit: Buffer): number;
  /** Facts of the first SPS. Throws where it cannot be read. */
  describe(sps: Buffer): TrackInfo;
  toParameters(sets: ParameterSets): Parameters;
  /** Throws SluiceError where the value is not of the codec's parameter shape. */
  fromParameters(parameters: unknown): ParameterSets;
}

/** Limits of a frame builder; beyond them `build` throws a fatal SluiceError. */
export interface NalBuilderLimits {
  /** Bytes of one access unit. Default 8 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** NAL units of one access unit. Default 512: encoders that cut slices to packet size make hundreds. */
  readonly maxUnits?: number;
  /** Parameter sets kept per kind. Default 16; further ones are ignored. */
  readonly maxSetsPerKind?: number;
  /** Bytes of one parameter set. Default 8192; longer ones are ignored. */
  readonly maxSetBytes?: number;
}

/** How a builder of a NAL unit codec begins. */
export type NalBuilderOptions = FrameBuilderOptions & NalBuilderLimits;

/** A frame builder that also counts what it did not take. */
export interface NalFrameBuilder extends FrameBuilder {
  /** In-band parameter sets ignored because they are broken, too long or too many. */
  readonly ignoredParameterSets: number;
}
