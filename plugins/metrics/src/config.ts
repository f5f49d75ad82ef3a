import { z } from 'zod';

/** Options of the metrics page. */
export const metricsConfig = z.strictObject({
  public: z.boolean().default(false).describe('whether GET /metrics answers without a key of the role `read`'),
  maxStreams: z.int().min(0).default(1000).describe('streams with figures of their own; further ones are in the sums only'),
});

/** The options, checked. */
export type MetricsConfig = z.output<typeof metricsConfig>;
