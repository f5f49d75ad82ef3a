import { z } from 'zod';

/** Rates that AAC has an index for (ISO/IEC 14496-3 table 1.18) and people use. */
const SAMPLE_RATES = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const;

/** Options of transcoding. */
export const transcodeConfig = z.strictObject({
  audio: z
    .strictObject({
      policy: z
        .enum(['needed', 'always', 'never'])
        .default('needed')
        .describe('AAC (or Opus) for outputs that do not play the original (`needed`), for all of them (`always`), or for none (`never`)'),
      sampleRate: z.literal(SAMPLE_RATES).default(11_025).describe('Hz of the AAC that is made'),
      channels: z.literal([1, 2]).default(1).describe('its channels'),
      bitrate: z.int().min(8000).max(320_000).default(24_000).describe('its bit/s, all channels together'),
      opusBitrate: z
        .int()
        .min(6000)
        .max(256_000)
        .default(32_000)
        .describe('bit/s of each channel of Opus that is made, stereo where the original has two channels or more'),
      threads: z.int().min(1).max(64).default(4).describe('threads at the most; another one is started for each 16 tracks'),
      maxTracks: z.int().min(1).max(1000).default(100).describe('tracks made at a time; the originals of others pass unchanged'),
    })
    .prefault({}),
});

/** The options, checked. */
export type TranscodeConfig = z.output<typeof transcodeConfig>;
