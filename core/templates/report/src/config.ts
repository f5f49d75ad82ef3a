import { EVENT_PATTERN } from '@sluice/core';
import { z } from 'zod';

/** Options of the plugin. Every key is described: the texts are in `sluice schema`. */
export const config = z.strictObject({
  events: z.array(z.string().regex(EVENT_PATTERN)).default(['stream.*']).describe('Event types that are counted: stream.published, stream.*, *'),
  everySeconds: z.number().min(1).default(60).describe('Time between two summaries, in seconds'),
});
