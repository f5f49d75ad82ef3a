import { type ConfigByName, type ServiceToken, service, type Track } from '@sluice/core';
import type { config } from './config.js';

/** Size in pixels (even) and pictures per second. */
export interface SyntheticFormat {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** A test card with the wall clock, picture by picture. */
export interface SyntheticPictures {
  /** H.264 at 90 kHz. */
  readonly track: Track;
  /** NAL units of the next picture, showing this time; the first one must be a key frame. */
  picture(wallMs: number, key: boolean): readonly Buffer[];
}

/** Test pictures made without an encoder, for other plugins. */
export interface SyntheticService {
  /** `name` stands in the picture. */
  open(format: SyntheticFormat, name: string): SyntheticPictures;
}

/** Token of the service. */
export const syntheticService: ServiceToken<SyntheticService, ConfigByName<'synthetic', typeof config>> = service<SyntheticService>(
  'synthetic',
  () => import('@sluice/plugin-synthetic'),
);
