export { opus } from './descriptor.js';
export type { OpusErrorCode } from './errors.js';
export { makeOpusHead, type OpusHeadFields, parseOpusHead } from './opus-head.js';
export { OPUS_CLOCK_RATE, type OpusPacketHead, parseOpusPacketHead } from './opus-packet.js';
export type { OpusParameters } from './parameters.js';
