import type { AudioSpecificConfig } from './audio-specific-config.js';

const NAMES: Readonly<Record<number, string>> = { 1: 'AAC Main', 2: 'AAC LC', 3: 'AAC SSR', 4: 'AAC LTP', 23: 'AAC LD', 39: 'AAC ELD', 42: 'xHE-AAC' };

/** What people call the coder an AudioSpecificConfig describes. */
export function profileName(config: Pick<AudioSpecificConfig, 'objectType' | 'sbr' | 'ps'>): string {
  if (config.ps) return 'HE-AAC v2';
  if (config.sbr) return 'HE-AAC';
  return NAMES[config.objectType] ?? `object type ${config.objectType}`;
}
