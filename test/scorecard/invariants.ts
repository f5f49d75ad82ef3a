import type { Seen, Usage } from './types.js';

/** What is looked at after every row: reliability's I1 to I6. */
export const LIMITS = {
  gapMs: 2000,
  grownBytes: 20e6,
  /** Of file descriptors, timers and UDP sockets, either way. */
  drift: 2,
  healthP99Ms: 100,
} as const;

/** A server as it is at a moment. */
export interface State extends Usage {
  readonly pid: number;
  /** Timers of the engine that wait. */
  readonly timers: number;
}

/** What is known once a row is over. */
export interface Observation {
  readonly before: State;
  /** Absent where the process is gone. */
  readonly after: State | undefined;
  /** While the row ran. */
  readonly during: Seen;
  /** Of that time, the share that the server waited for a core: above some percent its answers are late because the machine is full. */
  readonly waited: number;
  /** From the row's end until the server had settled. */
  readonly afterwards: Seen;
  readonly isPublishing: boolean;
  readonly log: string;
}

/** Where the machine was full, the figures say so. */
const BUSY = 0.05;

const CRASH = /unhandled|uncaught/i;

/** True where nothing but /healthz was late, and the server had no core when it wanted one: the machine may be to blame, and the row is worth a second try. */
export const mayBeTheMachine = (broken: readonly string[], waited: number): boolean =>
  broken.length > 0 && broken.every((text) => text.startsWith('I5')) && waited > BUSY;

/** True where memory and handles are back to what they were: nothing more is to be waited for. */
export const isSettled = (before: State, after: State): boolean => grown(before, after) <= LIMITS.grownBytes && drifts(before, after).length === 0;

const grown = (before: State, after: State): number => after.rssBytes - before.rssBytes;
const signed = (value: number): string => (value < 0 ? String(value) : `+${value}`);
const megabytes = (bytes: number): string => `${signed(Math.round(bytes / 1e5) / 10)} MB`;

function drifts(before: State, after: State): string[] {
  const counted: readonly (readonly [string, number])[] = [
    ['fds', after.fds - before.fds],
    ['timers', after.timers - before.timers],
    ['UDP sockets', after.udpSockets - before.udpSockets],
  ];
  return counted.filter(([, by]) => !(Math.abs(by) <= LIMITS.drift)).map(([name, by]) => `${signed(by)} ${name}`);
}

/** The invariants that do not hold, each with its figure; empty where all do. */
export function violations({ before, after, during, afterwards, isPublishing, log }: Observation): string[] {
  const broken: string[] = [];
  if (after === undefined || after.pid !== before.pid) broken.push('I1 the process is another or gone');
  const gapMs = Math.max(during.longestGapMs, afterwards.longestGapMs);
  if (gapMs > LIMITS.gapMs) broken.push(`I2 gap of ${Math.round(gapMs)} ms`);
  const cuts = during.cuts + afterwards.cuts;
  if (cuts > 0) broken.push(`I2 the viewer was cut ${cuts} times`);
  if (!isPublishing) broken.push('I2 the publisher was cut');
  if (during.pictures + afterwards.pictures === 0) broken.push('I2 no picture');
  if (after !== undefined && grown(before, after) > LIMITS.grownBytes) broken.push(`I3 RSS ${megabytes(grown(before, after))}`);
  if (after !== undefined) broken.push(...drifts(before, after).map((drift) => `I4 ${drift}`));
  if (during.probes === 0) broken.push('I5 /healthz was not asked');
  else if (during.healthP99Ms > LIMITS.healthP99Ms) broken.push(`I5 /healthz p99 ${Math.round(during.healthP99Ms)} ms`);
  if (during.unhealthy > 0) broken.push(`I5 /healthz not 200 ${during.unhealthy} times of ${during.probes}`);
  const crash = log.match(CRASH);
  if (crash !== null) broken.push(`I6 "${crash[0]}" in the log: ${log.slice(Math.max(0, (crash.index ?? 0) - 100), (crash.index ?? 0) + 200)}`);
  return broken;
}

/** The invariants' figures in a line. */
export function figures({ before, after, during, afterwards, waited }: Observation): string {
  const gap = `gap ${(Math.max(during.longestGapMs, afterwards.longestGapMs) / 1000).toFixed(2)} s`;
  const health = `healthz p99 ${during.healthP99Ms.toFixed(0)} ms${waited > BUSY ? ` (${Math.round(waited * 100)} % of the time without a core)` : ''}`;
  if (after === undefined) return `${gap}, ${health}`;
  const rest = [
    `fds ${signed(after.fds - before.fds)}`,
    `timers ${signed(after.timers - before.timers)}`,
    `UDP ${signed(after.udpSockets - before.udpSockets)}`,
  ];
  return [gap, health, `RSS ${megabytes(grown(before, after))}`, ...rest].join(', ');
}
