export { createH265Builder, h265 } from './descriptor.js';
export type { H265ErrorCode } from './errors.js';
export { type HvcC, parseHvcC, serializeHvcC } from './hvcc.js';
export { H265NalType, h265LayerId, h265NalType } from './nal-unit.js';
export { parsePpsId, parseVpsId } from './parameter-set-ids.js';
export type { H265Parameters } from './parameters.js';
export { type ProfileTierLevel, profileName } from './profile-tier-level.js';
export { type H265Sps, parseSps } from './sps.js';
export type { H265Vui } from './vui.js';
