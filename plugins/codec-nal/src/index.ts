export { type AccessUnitRules, groupAccessUnits } from './access-units.js';
export { joinAnnexB, splitAnnexB } from './annex-b.js';
export { createNalFrameBuilder } from './frame-builder.js';
export { withParameterSets } from './inserted-sets.js';
export { lengthPrefixedSize, splitLengthPrefixed, writeLengthPrefixed } from './length-prefixed.js';
export { unescapeRbsp } from './rbsp.js';
export type {
  NalBuilderLimits,
  NalBuilderOptions,
  NalCodecRules,
  NalFrameBuilder,
  ParameterSetKind,
  ParameterSets,
  UnitRole,
} from './rules.js';
