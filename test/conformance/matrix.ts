import { compare } from './compare.js';
import { type Input, inputs, type Place, publishRtmp } from './inputs.js';
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

/** Players at once: more would fall behind on a small machine. */
const AT_ONCE = 8;

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

/** Lets at most so many pieces of work run at once. */
function limited(width: number): <T>(work: () => Promise<T>) => Promise<T> {
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

/** Starts a preset, sends every film by every input once, and plays each stream by all outputs at once. */
export async function runPreset(preset: string, cells: readonly Cell[], films: readonly Film[], folder: string): Promise<PresetRun> {
  const place: Place = { site: await startSite(preset), origin: await startSite('server') };
  const play = limited(AT_ONCE);
  await Promise.all(films.map((film) => publishRtmp(place.origin, film, `live/${film.material.slug}`)));
  const sent = new Map<string, Promise<string>>();
  const results = new Map<Cell, Promise<string[]>>();
  for (const cell of cells) {
    const film = films.find(({ material }) => material === cell.material);
    if (film === undefined) throw new Error(`no film of ${cell.material.name}`);
    const key = `${cell.input.name} ${cell.material.name}`;
    const path = sent.get(key) ?? cell.input.send(place, film);
    sent.set(key, path);
    const played = path.then((at) => play(async () => compare(film.units, await cell.output.play(place.site, at, film, folder), cell.output)));
    results.set(
      cell,
      played.catch((error: unknown) => [message(error)]),
    );
  }
  return {
    result: async (cell) => (await results.get(cell)) ?? ['was not run'],
    stop: async () => {
      await Promise.allSettled(results.values());
      await Promise.all([place.site.stop(), place.origin.stop()]);
    },
  };
}
