import { redactParameters } from '@sluice/core';

/** For `JSON.stringify`: hides secrets in every `query` object, however deep. */
export function hideQueries(key: string, value: unknown): unknown {
  return key === 'query' && typeof value === 'object' && value !== null ? redactParameters(value as Record<string, string>) : value;
}
