import { z } from 'zod';

/** Options of the HTTP-FLV output. */
export const httpFlvConfig = z.strictObject({
  onLag: z.enum(['skip', 'disconnect']).default('skip').describe('what happens to a viewer that lags: it jumps to a key frame, or is disconnected'),
});

/** The options, checked. */
export type HttpFlvConfig = z.output<typeof httpFlvConfig>;
