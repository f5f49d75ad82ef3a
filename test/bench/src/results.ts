/** Names of figures; units are in the names. `Each` is for each viewer or publisher. */
export type FigureName =
  | 'cpuSecondsPerGb'
  | 'corePct'
  | 'delayP50Ms'
  | 'delayP99Ms'
  | 'addedDelayMs'
  | 'timesHttpFlv'
  | 'firstKeyMs'
  | 'firstKeyMaxMs'
  | 'firstKeySleepingMs'
  | 'memoryMb'
  | 'memoryKbEach'
  | 'slowMbEach'
  | 'slowAlive'
  | 'stalls'
  | 'gaps'
  | 'underDelivered'
  | 'dropped'
  | 'errors'
  | 'clientCorePct';

/** What one measurement gave. */
export type Figures = Partial<Record<FigureName, number>>;

/** One measurement of one server: a line of the raw results. */
export interface Measurement {
  readonly at: string;
  readonly repetition: number;
  readonly scenario: string;
  readonly server: string;
  /** Viewers or publishers. */
  readonly count: number;
  readonly figures: Figures;
  /** CPU microseconds of a fixed piece of work on the servers' core, before and after. */
  readonly calibUs?: readonly [number, number];
  readonly load1: number;
  /** Measured again, since the core was not steady. */
  readonly discarded?: boolean;
  readonly failed?: string;
  /** What the tools printed. */
  readonly raw?: unknown;
}

/** How far calibrations may be apart. */
export const STEADY = 0.1;

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** How far the largest is above the smallest, as a share of the smallest. */
export function spread(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.max(...values) / Math.min(...values) - 1;
}

/** False where the core was faster or slower by more than 10 % after a measurement than before. */
export function isSteady({ calibUs }: Pick<Measurement, 'calibUs'>): boolean {
  return calibUs === undefined || spread(calibUs) <= STEADY;
}

/** The repetitions of one server in one scenario. */
export interface Summary {
  readonly scenario: string;
  readonly server: string;
  readonly count: number;
  readonly repetitions: number;
  /** Medians. */
  readonly figures: Figures;
  /** Median of CPU seconds per gigabyte for each microsecond that the calibrations around a measurement took: what is left when the core's speed is taken out. */
  readonly cpuPerCalib: number;
  /** Median of the calibrations around the measurements. */
  readonly calibUs: number;
  /** Measurements around which the core was not steady. */
  readonly unsteady: number;
}

function groups(measurements: readonly Measurement[]): Map<string, Measurement[]> {
  const found = new Map<string, Measurement[]>();
  for (const each of measurements) {
    const key = `${each.scenario} ${each.server}`;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return found;
}

function summarize(group: readonly Measurement[], first: Measurement): Summary {
  const names = new Set(group.flatMap(({ figures }) => Object.keys(figures) as FigureName[]));
  const figures = Object.fromEntries([...names].map((name) => [name, median(group.map((each) => each.figures[name] ?? Number.NaN))]));
  return {
    scenario: first.scenario,
    server: first.server,
    count: first.count,
    repetitions: group.length,
    figures,
    cpuPerCalib: median(group.map(({ figures: { cpuSecondsPerGb = Number.NaN }, calibUs }) => cpuSecondsPerGb / median(calibUs ?? []))),
    calibUs: median(group.flatMap(({ calibUs }) => calibUs ?? [])),
    unsteady: group.filter((each) => !isSteady(each)).length,
  };
}

/** The medians of a run's measurements. */
export class Results {
  readonly #summaries = new Map<string, Summary>();
  readonly failures: readonly Measurement[];
  /** Measurements that count. */
  readonly taken: readonly Measurement[];

  constructor(measurements: readonly Measurement[]) {
    this.failures = measurements.filter(({ failed }) => failed !== undefined);
    this.taken = measurements.filter(({ failed, discarded }) => failed === undefined && discarded !== true);
    for (const [key, group] of groups(this.taken)) {
      const [first] = group;
      if (first !== undefined) this.#summaries.set(key, summarize(group, first));
    }
  }

  /** Summary of a server in a scenario, if it was measured. */
  get(scenario: string, server: string): Summary | undefined {
    return this.#summaries.get(`${scenario} ${server}`);
  }

  /** Median of a figure, if it was measured. */
  figure(scenario: string, server: string, name: FigureName): number | undefined {
    return this.get(scenario, server)?.figures[name];
  }

  /** All of a scenario, in the order they were first measured. */
  of(scenario: string): Summary[] {
    return [...this.#summaries.values()].filter((summary) => summary.scenario === scenario);
  }
}
