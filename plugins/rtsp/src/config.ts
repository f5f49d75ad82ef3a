import { tlsConfig } from '@sluice/core';
import { z } from 'zod';

const RANGE = /^(\d{1,5})-(\d{1,5})$/;

/** FIRST-LAST with room for a pair that begins with an even number. */
function isPairRange(text: string): boolean {
  const [, first = '', last = ''] = RANGE.exec(text) ?? [];
  const even = Number(first) + (Number(first) % 2);
  return first !== '' && Number(first) > 0 && even < Number(last) && Number(last) <= 65_535;
}

const port = z.int().min(0).max(65_535);

const limits = z.strictObject({
  headBytes: z
    .int()
    .min(1024)
    .default(64 * 1024)
    .describe('Longest head of a message, in bytes'),
  headers: z.int().min(16).default(255).describe('Most header lines of a message'),
  headerBytes: z.int().min(256).default(4096).describe('Longest header or request line, in bytes'),
  bodyBytes: z
    .int()
    .min(1024)
    .default(128 * 1024)
    .describe('Longest body of a message (a session description), in bytes'),
  pendingRequests: z.int().min(1).default(32).describe('Most requests of a connection that wait for the answer to the one before'),
  refusedRequests: z.int().min(1).default(20).describe('A connection is closed after so many requests in a row that were refused'),
});

/** Configuration of the plugin. */
export const rtspConfig = z.strictObject({
  port: port.default(8554).describe('TCP port for RTSP; 0 for any free one'),
  host: z.string().exactOptional().describe('Address to listen on; left out: engine.host'),
  udpPort: port.default(8000).describe('UDP port for RTP, shared by all sessions; RTCP is on the next one; 0 for any free pair'),
  udpPortRange: z
    .string()
    .refine(isPairRange, 'must be FIRST-LAST with room for two ports')
    .exactOptional()
    .describe('UDP ports FIRST-LAST that give each session a pair of its own, instead of udpPort'),
  tls: tlsConfig(8322, 'RTSPS'),
  authSchemes: z
    .array(z.enum(['digest-sha256', 'basic', 'digest-md5']))
    .min(1)
    .default(['digest-sha256', 'basic', 'digest-md5'])
    .describe('How clients may prove a password, in the order in which they are told'),
  sessionTimeoutSeconds: z.int().min(5).max(3600).default(60).describe('A session that shows no sign of life for this long is over'),
  requestTimeoutSeconds: z.number().positive().default(10).describe('Time for a new connection to make a request that is not refused'),
  reportIntervalSeconds: z.number().min(0.5).max(60).default(5).describe('RTCP reports are sent this often'),
  maxPayloadBytes: z.int().min(256).max(65_000).default(1400).describe('Largest payload of the RTP packets that are sent'),
  reorder: z
    .strictObject({
      packets: z.int().min(2).max(512).default(64).describe('UDP packets held while one before them is missing'),
      holdMs: z.int().min(0).max(5000).default(200).describe('How long a missing UDP packet is waited for, in milliseconds'),
    })
    .prefault({})
    .describe('Putting UDP packets in order'),
  receiveBufferBytes: z.int().min(65_536).default(4_194_304).describe('Kernel receive buffer of UDP ports; the system may allow less'),
  maxAccessUnitBytes: z.int().min(65_536).default(8_388_608).describe('Largest picture that is received; a larger one is dropped'),
  maxConnections: z.int().min(1).default(10_000).describe('Most connections'),
  maxUnadmittedPerAddress: z.int().min(1).default(64).describe('Most connections of one address that neither publish nor play after a second'),
  limits: limits.prefault({}).describe('What a peer may send'),
});

/** The parsed configuration. */
export type RtspConfig = z.output<typeof rtspConfig>;
