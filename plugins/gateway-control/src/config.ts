import { z } from 'zod';

const ccUrl = z.url({ protocol: /^https?$/ });

/** `gateway-control.*` */
export const gatewayControlConfig = z.strictObject({
  gatewayId: z.string().min(1).max(128).exactOptional().describe('Name of this gateway in reports; default gb28181.sip.id'),
  ip: z.string().min(1).max(255).exactOptional().describe('Address of this gateway in gbGateWayStart; default the local address on the route to cc'),
  domain: z.string().min(8).max(20).exactOptional().describe('Domain that SSRCs are made of where cc names none; default gb28181.sip.domain'),
  report: z
    .strictObject({
      gateWayStart: ccUrl.exactOptional().describe('URL for gbGateWayStart, told at each start'),
      streamStateChange: ccUrl.exactOptional().describe('URL for gbStreamStateChange'),
      blackSsrc: ccUrl.exactOptional().describe('URL for blackSsrcReport, RTP that nobody asked for'),
      flow: ccUrl.exactOptional().describe('URL for flowReport'),
      flowSeconds: z.number().min(1).max(3600).default(30).describe('Time between two flow reports, in seconds'),
      timeoutSeconds: z.number().min(0.1).max(60).default(5).describe('cc has to answer a report within this, in seconds'),
      retryIntervalMs: z
        .int()
        .min(10)
        .max(600_000)
        .default(1000)
        .describe('Wait before a report is tried again; doubled each time, with jitter, in milliseconds'),
      maxRetryIntervalMs: z.int().min(10).max(3_600_000).default(60_000).describe('Longest such wait, in milliseconds'),
      maxQueued: z.int().min(1).max(100_000).default(2000).describe('Most reports kept while cc is down; the oldest go first, flow reports before others'),
      maxQueuedBytes: z.int().min(1024).default(4_194_304).describe('Most bytes of reports kept while cc is down'),
    })
    .prefault({})
    .describe('Where cc is told what happens; a report without URL is not made'),
  unstartedSeconds: z.number().min(1).max(3600).default(60).describe('A channel that was not started is freed after this, in seconds'),
  maxChannels: z.int().min(1).max(100_000).default(10_000).describe('Most channels at a time'),
});

/** The config as the plugin uses it. */
export type GatewayControlConfig = z.output<typeof gatewayControlConfig>;
