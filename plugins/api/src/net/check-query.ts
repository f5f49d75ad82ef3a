import { SluiceError } from '@sluice/core';
import type { z } from 'zod';

/** The query of a route that cannot say beforehand which it takes. Throws `ERR_VALIDATION` (400). */
export function checkQuery<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(query);
  if (!success)
    throw new SluiceError('ERR_VALIDATION', `querystring/ ${error.issues.map(({ message }) => message).join(', ')}`, { plugin: 'api', status: 400 });
  return data;
}
