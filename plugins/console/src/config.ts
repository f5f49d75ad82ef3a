import { z } from 'zod';

/** Config of the plugin. */
export const config = z.strictObject({
  redirectRoot: z.boolean().default(true).describe('Sends whoever opens the bare address to the player page.'),
});
