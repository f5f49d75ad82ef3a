import { type BarGroup, chart } from './chart.js';
import type { RunInfo } from './machine.js';
import { type FigureName, isSteady, type Measurement, median, type Results, STEADY, type Summary, spread } from './results.js';
import type { Scenario } from './scenarios/scenario.js';
import { judge, targets, type Verdict } from './targets.js';

/** Heading and decimals of a figure. */
const COLUMNS: Readonly<Record<FigureName, readonly [heading: string, decimals: number]>> = {
  cpuSecondsPerGb: ['CPU s/GB', 2],
  corePct: ['core %', 1],
  delayP50Ms: ['delay p50 ms', 1],
  delayP99Ms: ['p99 ms', 1],
  addedDelayMs: ['added by each ms', 1],
  timesHttpFlv: ['× HTTP-FLV', 2],
  firstKeyMs: ['first key frame ms', 2],
  firstKeyMaxMs: ['slowest ms', 2],
  firstKeySleepingMs: ['cores asleep ms', 2],
  memoryMb: ['memory MB', 0],
  memoryKbEach: ['KB each', 0],
  slowMbEach: ['MB each slow one', 2],
  slowAlive: ['slow ones left', 0],
  stalls: ['stalls', 0],
  gaps: ['gaps', 0],
  underDelivered: ['short', 0],
  dropped: ['datagrams dropped', 0],
  errors: ['errors', 0],
  clientCorePct: ['tools core %', 0],
};

const number = (value: number | undefined, decimals: number): string =>
  value === undefined || !Number.isFinite(value) ? '–' : value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A Markdown table; the first columns are text, the others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const line = head.map((_, index) => (index < texts ? '---|' : '--:|')).join('');
  return [tableRow(head), `|${line}`, ...rows.map(tableRow)].join('\n');
}

const perGb = (summary: Summary | undefined): number => summary?.figures.cpuSecondsPerGb ?? Number.NaN;

/** The first column's factor is to Sluice, the second's to the Node floor of the scenario. */
function ratioColumns(scenario: Scenario, results: Results): readonly (readonly [heading: string, of: (summary: Summary) => number])[] {
  if (scenario.cpuPer === undefined) return [];
  const [own] = scenario.servers.filter(({ role }) => role === 'sluice');
  const [floor] = scenario.servers.filter(({ role }) => role === 'floor');
  const against = [
    ['× Sluice', own],
    ['× Node floor', floor],
  ] as const;
  return against.flatMap(([heading, server]) => {
    if (server === undefined) return [];
    const reference = perGb(results.get(scenario.id, server.id));
    return [[heading, (summary: Summary) => perGb(summary) / reference] as const];
  });
}

function steadiness(summaries: readonly Summary[]): string {
  const apart = spread(summaries.map(({ calibUs }) => calibUs).filter(Number.isFinite));
  const unsteady = summaries.reduce((sum, each) => sum + each.unsteady, 0);
  const word = apart <= STEADY ? 'steady' : '**not steady**';
  const changed = unsteady === 0 ? '' : `; around ${unsteady} of ${summaries.reduce((sum, each) => sum + each.repetitions, 0)} measurements it changed by more`;
  return `Core ${word}: calibrations of the servers are ${number(apart * 100, 1)} % apart${changed}.`;
}

function scenarioPart(scenario: Scenario, results: Results): string {
  const titles = new Map(scenario.servers.map(({ id, title }) => [id, title]));
  const order = scenario.servers.map(({ id }) => id);
  const summaries = results.of(scenario.id).sort((a, b) => order.indexOf(a.server) - order.indexOf(b.server));
  const ratios = ratioColumns(scenario, results);
  const cpu: readonly FigureName[] = scenario.cpuPer === undefined ? [] : ['cpuSecondsPerGb'];
  const calibUs = median(summaries.map((summary) => summary.calibUs));
  const head = [
    '',
    ...cpu.flatMap(() => [`CPU s/GB ${scenario.cpuPer}`, 'at equal calib']),
    ...ratios.map(([heading]) => heading),
    ...scenario.columns.map((name) => COLUMNS[name][0]),
    'calib µs',
    'runs',
  ];
  const rows = summaries.map((summary) => [
    titles.get(summary.server) ?? summary.server,
    ...cpu.flatMap((name) => [`**${number(summary.figures[name], 2)}**`, number(summary.cpuPerCalib * calibUs, 2)]),
    ...ratios.map(([, ratio]) => number(ratio(summary), 2)),
    ...scenario.columns.map((name) => number(summary.figures[name], COLUMNS[name][1])),
    number(summary.calibUs, 2),
    String(summary.repetitions),
  ]);
  const count = summaries[0]?.count ?? 0;
  return [`### ${scenario.title}`, `${scenario.about} Measured with ${number(count, 0)}.`, table(head, rows), steadiness(summaries)].join('\n\n');
}

function verdictRow({ target, reached, value, reference, met }: Verdict): string[] {
  const { relativeTo, limit, unit } = target;
  const suffix = unit === undefined ? '' : ` ${unit}`;
  const wanted = relativeTo === undefined ? `≤ ${limit}${suffix}` : `≤ ${limit} × ${relativeTo.called}`;
  const decimals = unit === undefined ? 0 : unit === 'KB' ? 0 : 2;
  const figure =
    relativeTo === undefined ? `${number(reached, decimals)}${suffix}` : `${number(reached, 2)} (${number(value, 2)} against ${number(reference, 2)})`;
  return [target.about, wanted, met === undefined ? 'not measured' : figure, met === undefined ? '' : met ? 'met' : '**missed**'];
}

function machinePart(runs: readonly RunInfo[]): string {
  return runs
    .map((run) =>
      [
        `- \`${run.command}\`, ${run.at.slice(0, 10)}${run.quick ? ' — **a quick run: not to be quoted**' : ''}`,
        `- ${run.cores} × ${run.cpu}, ${run.memoryGb} GB, Linux ${run.kernel}, Node ${run.node}, TCP ${run.congestionControl}, ${run.namespace ? 'own network namespace' : 'no network namespace of its own'}${run.nice === undefined ? '' : `, priority ${run.nice}`}`,
        `- ${Object.entries(run.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
        `- medians of ${run.repetitions}, ${run.timeSeconds} s each after ${run.settleSeconds} s${run.scale === 1 ? '' : `, numbers of viewers and publishers × ${run.scale}`}`,
      ].join('\n'),
    )
    .join('\n\n');
}

function failuresPart(failures: readonly Measurement[]): string[] {
  if (failures.length === 0) return [];
  const lines = failures.map(({ scenario, server, repetition, failed }) => `- ${scenario}, ${server}, repetition ${repetition}: ${failed}`);
  return ['## Failed', lines.join('\n')];
}

const HOW = `One server at a time on core 0, publishers and viewers on the last core, loopback only. The source is H.264 1080p25 of 2 Mbit/s with a key frame
every 2 s, and AAC. The main figure is the server's CPU seconds, kernel and all threads included, for each gigabyte (10⁹ bytes) that viewers read,
or that publishers sent. It hardly moves when other programs share the machine; delays and capacity do. Viewers wake every 4 ms, which is in the delays.
"calib" is the CPU time of a fixed piece of socket work on the same core before and after each measurement: figures are comparable where it is steady
within ${STEADY * 100} %. "Node floor" is a Node program that does nothing but write, or read. \`test/bench/README.md\` says more.`;

/** The report as Markdown. */
export function report(runs: readonly RunInfo[], results: Results, scenarios: readonly Scenario[]): string {
  const measured = scenarios.filter(({ id }) => results.of(id).length > 0);
  const verdicts = targets.map((target) => judge(target, results));
  const unsteady = results.taken.filter((each) => !isSteady(each)).length;
  return [
    '# Benchmarks',
    '<!-- Written by `npm run bench -- --write`; change test/bench instead. -->',
    HOW,
    machinePart(runs),
    `${results.taken.length} measurements, around ${unsteady} of which the core was not steady.`,
    '![CPU seconds per gigabyte](benchmarks.svg)',
    '## Targets',
    table(['', 'target', 'figure', ''], verdicts.map(verdictRow), 4),
    '## Results',
    ...measured.map((scenario) => scenarioPart(scenario, results)),
    ...failuresPart(results.failures),
    '',
  ].join('\n\n');
}

/** The CPU figures as a chart. */
export function cpuChart(results: Results, scenarios: readonly Scenario[]): string {
  const groups = scenarios
    .filter(({ cpuPer, servers }) => cpuPer !== undefined && servers.length > 1)
    .map(
      ({ id, title, servers, cpuPer }): BarGroup => ({
        title: cpuPer === 'in' ? `${title} (in)` : title,
        bars: servers.map((server) => ({ label: server.title, value: perGb(results.get(id, server.id)), role: server.role })),
      }),
    );
  return chart('CPU seconds per gigabyte, less is better', groups);
}
