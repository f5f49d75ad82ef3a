export { type AdtsFrames, type AdtsHeader, adtsConfig, isAdts, parseAdtsHeader, serializeAdtsHeader, splitAdts } from './adts.js';
export { type AudioSpecificConfig, type AudioSpecificConfigFields, makeAudioSpecificConfig, parseAudioSpecificConfig } from './audio-specific-config.js';
export { countChannels } from './channel-elements.js';
export { type AacBuilderOptions, type AacFrameBuilder, aac, createAacBuilder } from './descriptor.js';
export type { AacErrorCode } from './errors.js';
export type { AacParameters } from './parameters.js';
