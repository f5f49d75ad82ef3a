import { z } from 'zod';

/** Options of the plugin. */
export const config = z.strictObject({
  onLag: z.enum(['skip', 'disconnect']).default('skip').describe('What happens to a viewer that lags: it jumps to a key frame, or is disconnected'),
});

/** The options, checked. */
export type Config = z.output<typeof config>;
