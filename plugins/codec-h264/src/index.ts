export { type AvcC, parseAvcC, serializeAvcC } from './avcc.js';
export { createH264Builder, h264 } from './descriptor.js';
export type { H264ErrorCode } from './errors.js';
export { H264NalType, h264NalType } from './nal-unit.js';
export type { H264Parameters } from './parameters.js';
export { type H264PpsHead, parsePpsHead } from './pps.js';
export { profileName } from './profile.js';
export { type H264Sps, parseSps } from './sps.js';
export type { H264Vui } from './vui.js';
