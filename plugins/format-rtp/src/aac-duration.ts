import type { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';

const SAMPLES = 1024;

/** Ticks of the RTP clock that one AAC access unit lasts. The clock may be that of the core coder or of SBR, which is twice as fast. */
export function aacDuration(clockRate: number, config: Buffer | undefined): number {
  if (config === undefined) return SAMPLES;
  try {
    return Math.round((SAMPLES * clockRate) / parseAudioSpecificConfig(config).coreSampleRate);
  } catch (error) {
    if (error instanceof SluiceError) return SAMPLES;
    throw error;
  }
}
