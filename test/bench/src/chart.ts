/** A bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly role: 'sluice' | 'peer' | 'floor';
}

/** Bars that belong together and share a scale. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABELS = 230;
const VALUES = 60;
const BAR = 18;
const ROW = 24;
const TITLE = 34;

/** Dark text and bars on light, light on dark; a browser picks by its user's preference. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-weight: 600 }
    .sluice { fill: #0969da } .peer { fill: #8c959f } .floor { fill: #d0d7de }
    .back { fill: #ffffff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .sluice { fill: #4493f8 } .peer { fill: #7d8590 } .floor { fill: #3d444d }
      .back { fill: #0d1117 }
    }
`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function row({ label, value, role }: Bar, y: number, largest: number): string {
  const width = Math.max(1, (value / largest) * (WIDTH - LABELS - VALUES));
  const middle = y + BAR / 2 + 4.5;
  return [
    `  <text x="${LABELS - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
    `  <rect class="${role}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    `  <text x="${(LABELS + width + 6).toFixed(1)}" y="${middle}">${value.toFixed(2)}</text>`,
  ].join('\n');
}

/** Draws horizontal bars as SVG, each group on its own scale. Bars that are no number are left out. */
export function chart(title: string, groups: readonly BarGroup[]): string {
  const parts: string[] = [];
  let y = 40;
  for (const group of groups) {
    const bars = group.bars.filter(({ value }) => Number.isFinite(value));
    if (bars.length === 0) continue;
    const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
    parts.push(`  <text class="title" x="16" y="${y + 16}">${escaped(group.title)}</text>`);
    y += TITLE - 6;
    for (const bar of bars) {
      parts.push(row(bar, y, largest));
      y += ROW;
    }
    y += 10;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 6}" width="${WIDTH}" height="${y + 6}" role="img" aria-label="${escaped(title)}">`,
    `  <style>${STYLE}  </style>`,
    `  <rect class="back" width="100%" height="100%" rx="6"/>`,
    `  <text class="title" x="16" y="26">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
