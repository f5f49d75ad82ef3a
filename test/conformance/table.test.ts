import { inputs } from './inputs.js';
import { allMaterials } from './materials.js';
import { cellsOf } from './matrix.js';
import { page, table } from './table.js';

it('has a cell for each input, output and material that the plugins offer', () => {
  const cells = cellsOf('x', ['rtmp', 'http-flv'], allMaterials);
  expect(cells.map(({ input, output, material }) => `${input.name} ${output.name} ${material.name}`)).toEqual([
    'RTMP RTMP H264 AAC',
    'RTMP RTMP H265 G711',
    'RTMP HTTP-FLV H264 AAC',
    'RTMP HTTP-FLV H265 G711',
  ]);
  expect(cellsOf('x', ['http-flv'], allMaterials)).toEqual([]);
  expect(new Set(inputs.map(({ name }) => name)).size).toBe(inputs.length);
});

it('shows what went through and what did not', () => {
  const seen = cellsOf('x', ['rtmp', 'http-flv'], allMaterials).map((cell, i) => ({ cell, mistakes: i === 3 ? ['late'] : [] }));
  expect(table(seen)).toBe('| from \\ to | RTMP | HTTP-FLV |\n|---|---|---|\n| RTMP | H264 AAC<br>H265 G711 | H264 AAC<br>**not H265 G711** |');
  expect(page(new Map([['x', seen]]))).toContain('## Preset `x`\n\n| from');
});
