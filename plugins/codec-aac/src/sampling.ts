/** Hertz by samplingFrequencyIndex (ISO/IEC 14496-3 table 1.18). 13 and 14 are reserved, 15 is the escape. */
const SAMPLING_FREQUENCIES: readonly number[] = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** Index that says: the frequency follows in 24 bits. */
export const ESCAPE_INDEX = 15;

/** Hertz of an index, `undefined` for reserved ones and the escape. */
export function samplingFrequency(index: number): number | undefined {
  return SAMPLING_FREQUENCIES[index];
}

/** The index of `sampleRate`, or the escape. */
export function samplingIndex(sampleRate: number): number {
  const index = SAMPLING_FREQUENCIES.indexOf(sampleRate);
  return index === -1 ? ESCAPE_INDEX : index;
}

/** Channels by channelConfiguration (ISO/IEC 14496-3 table 1.19, amendment of 2013 for 11 to 14). 0: said in the coded data. */
const CHANNELS: readonly (number | undefined)[] = [0, 1, 2, 3, 4, 5, 6, 8, undefined, undefined, undefined, 7, 8, undefined, 8];

/** Channels of a channelConfiguration, `undefined` for reserved ones. */
export function channelsOf(configuration: number): number | undefined {
  return CHANNELS[configuration];
}

/** The channelConfiguration for a number of channels, `undefined` where there is none. */
export function channelConfiguration(channels: number): number | undefined {
  const index = CHANNELS.indexOf(channels);
  return index === -1 || channels === 0 ? undefined : index;
}
