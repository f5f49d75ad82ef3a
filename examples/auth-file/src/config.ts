import { z } from 'zod';

/** Options of the plugin. */
export const config = z.strictObject({
  file: z.string().min(1).default('access.txt').describe('The list, a rule per line: ACTION PATHS NAME PASSWORD; from the working folder'),
  checkSeconds: z.number().min(0.1).default(2).describe('How often the file is looked at for changes, in seconds'),
});
