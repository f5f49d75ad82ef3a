import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../e2e/support/paths.js';
import { describeWith, killAll } from '../e2e/support/programs.js';
import { allMaterials, type Film, makeFilm, materials } from './materials.js';
import { type Cell, cellsOf, type PresetRun, runPreset } from './matrix.js';
import { pluginsOf } from './site.js';
import { page, type Seen, table } from './table.js';

const PRESETS = ['gateway', 'server', 'all-in-one'] as const;
const PAGE = join(root, 'docs/protocols.md');
const WRITE = process.env.CONFORMANCE_WRITE === '1';
const READY_MS = 120_000;
const CELL_MS = 90_000;

const name = ({ input, output, material }: Cell): string => `${material.name} from ${input.name} to ${output.name}`;

describeWith({ programs: ['ffmpeg'] }, 'every input to every output', () => {
  const seen = new Map<string, Seen[]>();
  const films: Film[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-conformance-'));
    films.push(...(await Promise.all(materials.map((material) => makeFilm(material, folder)))));
  }, READY_MS);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(PRESETS)('of preset %s', (preset) => {
    const cells = cellsOf(preset, pluginsOf(preset), materials);
    let run: PresetRun;

    beforeAll(async () => {
      seen.set(preset, []);
      run = await runPreset(preset, cells, films, folder);
    }, READY_MS);
    afterAll(async () => {
      await run.stop();
      process.stderr.write(`\n${preset}\n${table(seen.get(preset) ?? [])}\n`);
    }, READY_MS);

    it.each(cells.map((cell) => [name(cell), cell] as const))(
      '%s',
      async (_name, cell) => {
        const mistakes = await run.result(cell);
        seen.get(preset)?.push({ cell, mistakes });
        expect(mistakes).toEqual([]);
      },
      CELL_MS,
    );
  });

  // Without the newer FFmpeg not all of the page was seen.
  const itComplete = materials.length === allMaterials.length ? it : it.skip;
  itComplete('is what docs/protocols.md says', () => {
    const text = page(seen);
    if (WRITE) writeFileSync(PAGE, text);
    expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(text);
  });
});
