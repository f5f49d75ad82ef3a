import { z } from 'zod';

/** Options of the WS-FLV output. */
export const wsFlvConfig = z.strictObject({
  onLag: z.enum(['skip', 'disconnect']).default('skip').describe('what happens to a viewer that lags: it jumps to a key frame, or is disconnected'),
  maxPayloadBytes: z
    .int()
    .min(125)
    .max(1024 * 1024)
    .default(64 * 1024)
    .describe('longest message a viewer may send'),
});

/** The options, checked. */
export type WsFlvConfig = z.output<typeof wsFlvConfig>;
