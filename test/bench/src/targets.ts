import type { FigureName, Results } from './results.js';

/** A figure of a server in a scenario. */
export interface FigureOf {
  readonly scenario: string;
  readonly server: string;
  readonly figure: FigureName;
}

/** A limit that a figure is to stay within. */
export interface Target {
  readonly about: string;
  readonly value: FigureOf;
  /** The limit is a factor on this figure; without it, it is absolute. */
  readonly relativeTo?: FigureOf & { readonly called: string };
  readonly limit: number;
  readonly unit?: string;
}

/** A target with what was measured. */
export interface Verdict {
  readonly target: Target;
  /** The figure, or the factor. */
  readonly reached?: number;
  readonly value?: number;
  readonly reference?: number;
  /** Left out where it was not measured. */
  readonly met?: boolean;
}

const of = (scenario: string, server: string, figure: FigureName = 'cpuSecondsPerGb'): FigureOf => ({ scenario, server, figure });
const cpu = 'CPU s/GB';

const httpFlv = of('http-flv', 'sluice');

/** What the project holds itself to. */
export const targets: readonly Target[] = [
  { about: `HTTP-FLV: ${cpu}`, value: httpFlv, relativeTo: { ...of('http-flv', 'floor-node'), called: 'Node that only writes' }, limit: 1.2 },
  { about: `HTTP-FLV: ${cpu}`, value: httpFlv, relativeTo: { ...of('http-flv', 'node-media-server'), called: 'Node-Media-Server' }, limit: 0.3 },
  { about: `HTTP-FLV: ${cpu}`, value: httpFlv, relativeTo: { ...of('rtmp', 'nginx-rtmp'), called: 'nginx-rtmp over RTMP' }, limit: 0.75 },
  { about: 'HTTP-FLV: delay, median', value: of('http-flv', 'sluice', 'delayP50Ms'), limit: 10, unit: 'ms' },
  {
    about: `HTTP-FLV, 50 ms window: ${cpu}`,
    value: of('http-flv-50', 'sluice-50'),
    relativeTo: { ...of('http-flv-50', 'floor-node-50'), called: 'Node that only writes, 50 ms' },
    limit: 1.2,
  },
  { about: `RTMP: ${cpu}`, value: of('rtmp', 'sluice'), relativeTo: { ...httpFlv, called: "Sluice's HTTP-FLV" }, limit: 1.2 },
  { about: `RTMP: ${cpu}`, value: of('rtmp', 'sluice'), relativeTo: { ...of('rtmp', 'nginx-rtmp'), called: 'nginx-rtmp' }, limit: 0.75 },
  { about: `WebSocket-FLV: ${cpu}`, value: of('ws-flv', 'sluice'), relativeTo: { ...httpFlv, called: "Sluice's HTTP-FLV" }, limit: 1.2 },
  { about: `RTSP over TCP: ${cpu} for each of HTTP-FLV`, value: of('rtsp-tcp', 'sluice', 'timesHttpFlv'), limit: 1.3, unit: '×' },
  { about: '4,000 viewers: gaps', value: of('capacity', 'sluice', 'gaps'), limit: 0 },
  { about: '4,000 viewers: stalls', value: of('capacity', 'sluice', 'stalls'), limit: 0 },
  { about: '4,000 viewers: connections that failed', value: of('capacity', 'sluice', 'errors'), limit: 0 },
  { about: '4,000 viewers: viewers that got less than was sent', value: of('capacity', 'sluice', 'underDelivered'), limit: 0 },
  { about: '4,000 viewers: memory', value: of('capacity', 'sluice', 'memoryMb'), limit: 200, unit: 'MB' },
  { about: 'Memory for each of 500 HTTP-FLV viewers', value: of('http-flv', 'sluice', 'memoryKbEach'), limit: 40, unit: 'KB' },
  { about: 'Memory for each of 4,000 HTTP-FLV viewers', value: of('capacity', 'sluice', 'memoryKbEach'), limit: 40, unit: 'KB' },
  { about: 'First key frame, HTTP-FLV, median', value: of('joins-http-flv', 'sluice', 'firstKeyMs'), limit: 3, unit: 'ms' },
  { about: 'First key frame, WebSocket-FLV, median', value: of('joins-ws-flv', 'sluice', 'firstKeyMs'), limit: 3, unit: 'ms' },
  { about: 'First key frame, RTMP, median', value: of('joins-rtmp', 'sluice', 'firstKeyMs'), limit: 3, unit: 'ms' },
  {
    about: `200 RTMP publishers: ${cpu} in`,
    value: of('rtmp-ingest', 'sluice'),
    relativeTo: { ...of('rtmp-ingest', 'floor-node-rtmp'), called: 'Node that only reads RTMP' },
    limit: 1.4,
  },
  { about: '200 RTMP publishers: memory for each', value: of('rtmp-ingest', 'sluice', 'memoryKbEach'), limit: 900, unit: 'KB' },
  ...(['tcp', 'udp'] as const).flatMap((proto): Target[] => [
    {
      about: `100 × PS over RTP, ${proto.toUpperCase()}: ${cpu} in`,
      value: of(`ps-${proto}`, 'sluice-gateway'),
      relativeTo: { ...of(`ps-${proto}`, `floor-node-rtp-${proto}`), called: 'Node that only reads RTP' },
      limit: 2,
    },
    { about: `100 × PS over RTP, ${proto.toUpperCase()}: delay, median`, value: of(`ps-${proto}`, 'sluice-gateway', 'delayP50Ms'), limit: 50, unit: 'ms' },
  ]),
  ...(['rtmp', 'rtsp'] as const).map(
    (scheme): Target => ({
      about: `A relay by ${scheme.toUpperCase()}: delay that it adds, median`,
      value: of('ring', `sluice-ring-${scheme}`, 'addedDelayMs'),
      limit: 50,
      unit: 'ms',
    }),
  ),
  { about: '1,000 viewers, 50 slow: gaps of the others', value: of('slow', 'sluice', 'gaps'), limit: 0 },
  { about: '1,000 viewers, 50 slow: memory for each slow one', value: of('slow', 'sluice', 'slowMbEach'), limit: 3, unit: 'MB' },
];

/** Holds a target against results. */
export function judge(target: Target, results: Results): Verdict {
  const { value: what, relativeTo, limit } = target;
  const value = results.figure(what.scenario, what.server, what.figure);
  if (value === undefined) return { target };
  if (relativeTo === undefined) return { target, value, reached: value, met: value <= limit };
  const reference = results.figure(relativeTo.scenario, relativeTo.server, relativeTo.figure);
  if (reference === undefined || reference === 0) return { target, value };
  const reached = value / reference;
  return { target, value, reference, reached, met: reached <= limit };
}
