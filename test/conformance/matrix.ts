import { compare } from './compare.js';
import { type Input, inputs, type Place } from './inputs.js';
import type { Film, Material } from './materials.js';
import { type Output, outputs } from './outputs.js';
import { startSite } from './site.js';

/** One input, output and material of a preset. */
export interface Cell {
  readonly preset: string;
  readonly input: Input;
  readonly output: Output;
  readonly material: Material;
}

/** More would fall behind on a small machine. */
const PLAYERS_AT_ONCE = 8;
const INPUTS_AT_ONCE = 3;

/** What a preset with these plugins offers. */
export function cellsOf(preset: string, plugins: readonly string[], materials: readonly Material[]): Cell[] {
  const offered = <T extends { readonly plugins: readonly string[] }>(all: readonly T[]): T[] =>
    all.filter((each) => each.plugins.every((plugin) => plugins.includes(plugin)));
  return offered(inputs).flatMap((input) => offered(outputs).flatMap((output) => materials.map((material) => ({ preset, input, output, material }))));
}

/** What became of a preset's cells. */
export interface PresetRun {
  /** Resolves with what was wrong with a cell, nothing where all is well. */
  result(cell: Cell): Promise<string[]>;
  stop(): Promise<void>;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets at most so many pieces of work run at once. */
function limited(width: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

/** Sends all films by one input, and plays each stream by all outputs at once. Answers what was wrong with each cell. */
async function runInput(place: Place, cells: readonly Cell[], films: readonly Film[], play: Limit, folder: string): Promise<Map<Cell, string[]>> {
  const sent = new Map<Material, Promise<string>>();
  const mistakes = new Map<Cell, string[]>();
  const run = async (cell: Cell): Promise<string[]> => {
    const { input, output, material } = cell;
    const film = films.find((each) => each.material === material);
    if (film === undefined) return [`no film of ${material.name}`];
    const path = sent.get(material) ?? input.send(place, film);
    sent.set(material, path);
    const at = await path;
    return play(async () => compare(film.units, await output.play(place.site, at, film, folder), output));
  };
  await Promise.all(cells.map(async (cell) => mistakes.set(cell, await run(cell).catch((error: unknown) => [message(error)]))));
  return mistakes;
}

/** Starts a preset and takes its inputs, a few at a time, so that none is sent longer than its film. */
export async function runPreset(preset: string, cells: readonly Cell[], films: readonly Film[], folder: string): Promise<PresetRun> {
  const place: Place = { site: await startSite(preset), origin: await startSite('server') };
  const [play, take] = [limited(PLAYERS_AT_ONCE), limited(INPUTS_AT_ONCE)];
  const results = new Map<Input, Promise<Map<Cell, string[]>>>();
  for (const { input } of cells) {
    if (results.has(input)) continue;
    const own = cells.filter((cell) => cell.input === input);
    results.set(
      input,
      take(() => runInput(place, own, films, play, folder)),
    );
  }
  return {
    result: async (cell) => (await results.get(cell.input))?.get(cell) ?? ['was not run'],
    stop: async () => {
      await Promise.allSettled(results.values());
      await Promise.all([place.site.stop(), place.origin.stop()]);
    },
  };
}
