import { tlsConfig } from '@sluice/core';
import { z } from 'zod';

const limits = z.strictObject({
  chunkBytes: z
    .int()
    .min(128)
    .default(1 << 20)
    .describe('Largest chunk size a peer may set, in bytes'),
  messageBytes: z
    .int()
    .min(1024)
    .default(10 << 20)
    .describe('Largest message, in bytes'),
  commandBytes: z
    .int()
    .min(1024)
    .default(1 << 16)
    .describe('Largest command, in bytes'),
  chunkStreams: z.int().min(2).default(32).describe('Most chunk streams of one connection'),
  pendingBytes: z
    .int()
    .min(1024)
    .default(16 << 20)
    .describe('Most bytes of unfinished messages of one connection'),
});

/** Configuration of the plugin. */
export const rtmpConfig = z.strictObject({
  port: z.int().min(0).max(65535).default(1935).describe('TCP port for RTMP; 0 for any free one'),
  host: z.string().exactOptional().describe('Address to listen on; left out: engine.host'),
  tls: tlsConfig(1936, 'RTMPS'),
  maxConnections: z.int().min(1).default(10_000).describe('Most connections'),
  maxUnadmittedPerAddress: z.int().min(1).default(64).describe('Most connections of one address that neither publish nor play after a second'),
  handshakeTimeoutSeconds: z.number().positive().default(10).describe('Time for a new connection to finish its handshake'),
  commandTimeoutSeconds: z.number().positive().default(10).describe('Time without publish or play after which a connection is closed'),
  limits: limits.prefault({}).describe('What a peer may send'),
});

/** The parsed configuration. */
export type RtmpConfig = z.output<typeof rtmpConfig>;
