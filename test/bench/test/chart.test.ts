import { chart } from '../src/chart.js';

const svg = chart('Cost <less>', [
  {
    title: 'First & only',
    bars: [
      { label: 'a', value: 1, role: 'sluice' },
      { label: 'b', value: 4, role: 'peer' },
      { label: 'none', value: Number.NaN, role: 'floor' },
    ],
  },
  { title: 'Empty', bars: [] },
]);

it('draws bars to scale', () => {
  const widths = [...svg.matchAll(/<rect class="(?:sluice|peer)" [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(4);
});

it('leaves out what has no value, and groups without bars', () => {
  expect(svg).not.toContain('none');
  expect(svg).not.toContain('Empty');
});

it('escapes text and has a dark side', () => {
  expect(svg).toContain('First &#38; only');
  expect(svg).not.toContain('<less>');
  expect(svg).toContain('prefers-color-scheme: dark');
});

it('keeps every bar inside the picture', () => {
  const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
  const bottoms = [...svg.matchAll(/y="(\d+)"[^>]*height="(\d+)"/g)].map(([, y, tall]) => Number(y) + Number(tall));
  expect(Math.max(...bottoms)).toBeLessThan(height);
});
