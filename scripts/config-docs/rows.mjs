// The rows of an option table, out of the JSON Schema of a plugin's configuration.

const LARGEST = Number.MAX_SAFE_INTEGER;

/** What a bound says, where there is one that means something. */
function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }) {
  const low = exclusiveMinimum === undefined ? minimum : `> ${exclusiveMinimum}`;
  const high = exclusiveMaximum === undefined ? maximum : `< ${exclusiveMaximum}`;
  const from = low === undefined || low === -LARGEST ? undefined : low;
  const to = high === undefined || high === LARGEST ? undefined : high;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return typeof from === 'number' ? ` ≥ ${from}` : ` ${from}`;
  if (from === undefined) return typeof to === 'number' ? ` ≤ ${to}` : ` ${to}`;
  return typeof from === 'number' && typeof to === 'number' ? ` ${from} to ${to}` : ` ${from}, ${typeof to === 'number' ? `≤ ${to}` : to}`;
}

/** The type of a place, in words. */
function typeOf(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(typeOf).join(' or ');
  switch (schema.type) {
    case 'array':
      return schema.items.type === 'object' ? 'list' : `list of: ${typeOf(schema.items)}`;
    case 'object':
      return 'object';
    case 'string':
      return schema.format === 'date-time' ? 'time, ISO 8601' : schema.format === 'uri' ? 'URL' : 'text';
    case 'boolean':
      return 'true or false';
    default:
      return `${schema.type ?? 'anything'}${range(schema)}`;
  }
}

const UNITS = [
  [1024 * 1024 * 1024, 'GiB'],
  [1024 * 1024, 'MiB'],
  [1024, 'KiB'],
];

/** The default as one would write it; of bytes also in a larger unit. */
function defaultOf(key, schema, required) {
  const { default: value } = schema;
  if (value === undefined) return required ? 'required' : '';
  const written = `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;
  if (typeof value !== 'number' || !/bytes$/i.test(key)) return written;
  const [size, unit] = UNITS.find(([unitSize]) => value >= unitSize && value % unitSize === 0) ?? [];
  return size === undefined ? written : `${written} (${value / size} ${unit})`;
}

/** Descriptions of many hands in one form: a capital letter, no full stop. */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\.$/, '');
}

/** Every key of an object, those of objects and lists in it below. `prefix` ends with a dot or is empty. */
export function rowsOf(schema, prefix = '') {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, place]) => {
    const key = `${prefix}${name}`;
    const inside = place.type === 'array' ? place.items : place;
    const children = inside.type === 'object' && inside.properties !== undefined ? rowsOf(inside, `${key}${place.type === 'array' ? '[]' : ''}.`) : [];
    // What is always there says nothing by itself: its keys do.
    const isFolder = place.type === 'object' && children.length > 0 && place.default !== undefined;
    if (isFolder && place.description === undefined) return children;
    const row = {
      key,
      type: isFolder ? '' : `${typeOf(place)}${place.secret === true ? ', secret' : ''}`,
      default: isFolder ? '' : defaultOf(key, place, required.has(name)),
      meaning: sentence(place.description ?? ''),
    };
    return [row, ...children];
  });
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table in Markdown. `of` is what the keys are below. */
export function tableOf(rows, of) {
  const lines = rows.map((row) => `| \`${row.key}\` | ${cell(row.type)} | ${cell(row.default)} | ${cell(row.meaning)} |`);
  return [`| ${of} | type | default | meaning |`, '|---|---|---|---|', ...lines].join('\n');
}
