import type { CodecDescriptor } from '@sluice/core';
import { createNalFrameBuilder, type NalBuilderOptions, type NalFrameBuilder } from '@sluice/plugin-codec-nal';
import { h264Rules } from './rules.js';

/** A frame builder for H.264 with limits of one's own. Throws SluiceError where `options.parameters` cannot be read. */
export function createH264Builder(options: NalBuilderOptions): NalFrameBuilder {
  return createNalFrameBuilder(h264Rules, options);
}

/** H.264 for inputs and formats. Parameters are `H264Parameters`. */
export const h264: CodecDescriptor = { name: 'h264', kind: 'video', createBuilder: createH264Builder };
