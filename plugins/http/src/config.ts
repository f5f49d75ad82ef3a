import { tlsConfig } from '@sluice/core';
import { z } from 'zod';
import { isRange } from './proto/forwarded.js';

/** `/media/` and `media` become `/media`; `/` becomes the empty text. */
function normalBasePath(text: string): string {
  const parts = text.split('/').filter((part) => part !== '');
  return parts.map((part) => `/${part}`).join('');
}

const BASE_PATH = /^[A-Za-z0-9_.~/-]*$/;
const port = z.int().min(0).max(65535);

/** Options of the shared HTTP listener. */
export const httpConfig = z.strictObject({
  port: port.default(8080).describe('TCP port; 0 for any free one'),
  host: z.string().exactOptional().describe('address to listen on; by default engine.host'),
  basePath: z.string().regex(BASE_PATH).default('/').transform(normalBasePath).describe('path under which everything is served'),
  trustedProxies: z
    .array(z.string().refine(isRange, 'expected an address or a CIDR'))
    .default([])
    .describe(
      'addresses and CIDRs of proxies whose X-Forwarded-For says who asks: for sessions, authorization, caps and logs; maxUnadmittedPerAddress is not for them',
    ),
  headerTimeoutSeconds: z.number().positive().max(600).default(10).describe('a request head must be complete after this'),
  requestTimeoutSeconds: z.number().positive().max(3600).default(10).describe('a request with its body must be complete after this'),
  keepAliveSeconds: z.number().positive().max(3600).default(30).describe('an idle connection is closed after this'),
  maxHeaderBytes: z
    .int()
    .min(1024)
    .max(1024 * 1024)
    .default(16 * 1024)
    .describe('longest request head'),
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(1024 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('longest request body'),
  maxJsonDepth: z.int().min(1).max(1000).default(32).describe('deepest nesting of a JSON body'),
  maxConnections: z.int().positive().default(10000).describe('most connections at once'),
  maxUnadmittedPerAddress: z.int().positive().default(64).describe('most connections of one address without a good request after a second'),
  tls: tlsConfig(8443, 'HTTPS'),
});

/** The options, checked. */
export type HttpConfig = z.output<typeof httpConfig>;
