import { z } from 'zod';

/** Options of the plugin. Every key is described: the texts are in `sluice schema`. */
export const config = z.strictObject({
  port: z.int().min(0).max(65_535).default(7070).describe('TCP port; 0 for any free one'),
  maxMessageBytes: z.int().min(1024).default(8_388_608).describe('A longer message ends the connection'),
  onLag: z.enum(['skip', 'disconnect']).default('skip').describe('What happens to a viewer that lags: it jumps to a key frame, or is disconnected'),
});

/** The options, checked. */
export type Config = z.output<typeof config>;
