import type { CodecDescriptor } from '@sluice/core';
import { createNalFrameBuilder, type NalBuilderOptions, type NalFrameBuilder } from '@sluice/plugin-codec-nal';
import { h265Rules } from './rules.js';

/** A frame builder for H.265 with limits of one's own. Throws SluiceError where `options.parameters` cannot be read. */
export function createH265Builder(options: NalBuilderOptions): NalFrameBuilder {
  return createNalFrameBuilder(h265Rules, options);
}

/** H.265 for inputs and formats. Parameters are `H265Parameters`. */
export const h265: CodecDescriptor = { name: 'h265', kind: 'video', createBuilder: createH265Builder };
