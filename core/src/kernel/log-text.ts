const SHOWN_FIRST = new Set(['level', 'time', 'plugin', 'msg']);

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[\x21-\x7e]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function escaped(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A JSON log line as people read it: `12:00:00.000 warn  [plugin] message key=value`. Lines that are no JSON stay as they are. */
export function readableLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, plugin, msg } = entry;
  const rest = Object.entries(entry).filter(([key]) => !SHOWN_FIRST.has(key));
  const parts = [
    String(time).slice(11, 23),
    String(level).padEnd(5),
    ...(plugin === undefined ? [] : [`[${String(plugin)}]`]),
    ...(msg === undefined ? [] : [String(msg)]),
    ...rest.map(([key, value]) => `${key}=${valueText(value)}`),
  ];
  return `${escaped(parts.join(' '))}\n`;
}
