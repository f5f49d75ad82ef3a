import type { Cell } from './matrix.js';

/** A cell with what was wrong with it. */
export interface Seen {
  readonly cell: Cell;
  readonly mistakes: readonly string[];
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** The table of one preset: a row for each input, a column for each output, and what went through. */
export function table(seen: readonly Seen[]): string {
  const rows = unique(seen.map(({ cell }) => cell.input.name));
  const columns = unique(seen.map(({ cell }) => cell.output.name));
  const text = (input: string, output: string): string => {
    const all = seen.filter(({ cell }) => cell.input.name === input && cell.output.name === output);
    return all.map(({ cell, mistakes }) => (mistakes.length === 0 ? cell.material.name : `**not ${cell.material.name}**`)).join('<br>') || '–';
  };
  const lines = rows.map((input) => row([input, ...columns.map((output) => text(input, output))]));
  return [row(['from \\ to', ...columns]), `|${'---|'.repeat(columns.length + 1)}`, ...lines].join('\n');
}

const INTRODUCTION = `# Protocols

<!-- Written by \`npm run conformance -- --write\`; change test/conformance instead. -->

What goes in on the left comes out at the top: the same coded units to the byte, without a gap, with the same times between them and sound and pictures together. Every
cell was seen by a run of \`npm run conformance\`, a part of \`npm test\`: one end at least is a program that is not ours (ffmpeg 5.1, and FFmpeg 8 for H265 in FLV).
H265 is in FLV and RTMP as Enhanced RTMP has it; G711 is A-law. Pulls come from another Sluice.`;

/** The page, from what was seen of each preset. */
export function page(presets: ReadonlyMap<string, readonly Seen[]>): string {
  const parts = [...presets].map(([preset, seen]) => `## Preset \`${preset}\`\n\n${table(seen)}`);
  return `${[INTRODUCTION, ...parts].join('\n\n')}\n`;
}
