import { isPathPattern } from '@sluice/core';
import { z } from 'zod';

const HOST_PORT = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(:\d{1,5})?$/;
const PAYLOAD_TYPE = /^(\d|[1-9]\d|1[01]\d|12[0-7])$/;
const RTPMAP = /^[\w.+-]+(\/\d{1,9}(\/\d{1,3})?)?$/;
const RANGE = /^(\d{1,5})-(\d{1,5})$/;

function isRange(text: string): boolean {
  const [, first = '', last = ''] = RANGE.exec(text) ?? [];
  return first !== '' && Number(first) > 0 && Number(first) <= Number(last) && Number(last) <= 65_535;
}

/** `rtp-ps.*` */
export const rtpPsConfig = z
  .strictObject({
    port: z.number().int().min(0).max(65_535).default(10_000).describe('Port for RTP over UDP and TCP, shared by all streams; 0 picks one'),
    portRange: z
      .string()
      .refine(isRange, 'must be FIRST-LAST')
      .default('30000-30500')
      .describe('Ports for streams that get one of their own, FIRST-LAST: even ones for RTP, the next ones for RTCP'),
    advertise: z
      .string()
      .regex(HOST_PORT, 'must be HOST or HOST:PORT')
      .exactOptional()
      .describe('HOST[:PORT] that cameras are told, for NAT and port forwarding; default the local address on the route to the device'),
    unknownSsrc: z.enum(['report', 'adopt']).default('report').describe('RTP of an SSRC nobody asked for: report it, or adopt it as stream gb/SSRC'),
    payloadMap: z
      .record(z.string().regex(PAYLOAD_TYPE, 'must be a payload type (0 to 127)'), z.string().regex(RTPMAP, 'must be ENCODING/CLOCK[/CHANNELS]'))
      .default({})
      .describe('What RTP payload types are where nobody tells it, as in a=rtpmap ("98": H264/90000); others are found out from the packets'),
    portReuseSeconds: z.number().min(0).max(600).default(5).describe('A port of portRange rests until nothing came on it for this long'),
    receiveTimeoutSeconds: z.number().min(1).max(3600).default(10).describe('A stream ends when nothing came for this long'),
    reportIntervalSeconds: z.number().min(0.1).max(60).default(5).describe('RTCP receiver reports go out this often while something comes'),
    reorder: z
      .strictObject({
        packets: z.number().int().min(2).max(512).default(64).describe('UDP packets held while one before them is missing'),
        holdMs: z.number().int().min(0).max(5000).default(200).describe('How long a missing UDP packet is waited for, in milliseconds'),
      })
      .prefault({})
      .describe('Putting UDP packets in order'),
    record: z
      .array(z.string().refine(isPathPattern, 'must be a stream path, with * and ** as wildcards'))
      .default([])
      .describe('Streams whose RTP is written with its times of arrival to DATA/rtp, as paths with * and ** (an rtptools dump each)'),
    recordMaxBytes: z.number().int().min(1_048_576).default(1_073_741_824).describe('Most bytes of recorded RTP; the oldest recordings go first'),
    receiveBufferBytes: z.number().int().min(65_536).default(4_194_304).describe('Kernel receive buffer of UDP ports; the system may allow less'),
    maxAccessUnitBytes: z.number().int().min(65_536).default(8_388_608).describe('Largest picture; a larger one is dropped'),
    maxConnections: z.number().int().min(1).default(10_000).describe('Most TCP connections'),
    maxUnadmittedPerAddress: z.number().int().min(1).default(64).describe('Most TCP connections of one address that bring no stream asked for after a second'),
  })
  .prefault({});

/** The config as the plugin uses it. */
export type RtpPsConfig = z.output<typeof rtpPsConfig>;
