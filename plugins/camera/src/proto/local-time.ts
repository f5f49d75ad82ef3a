/** GB/T 28181 writes times of Beijing without a zone. */
const BEIJING_MS = 8 * 3_600_000;

/** Milliseconds since 1970 as `YYYY-MM-DDTHH:mm:ss` of Beijing. */
export function localTime(wallMs: number): string {
  return new Date(wallMs + BEIJING_MS).toISOString().slice(0, 19);
}

/** Milliseconds since 1970 of `YYYY-MM-DDTHH:mm:ss`, of Beijing unless a zone is said; a space may stand for the T. Undefined where it is no time. */
export function parseLocalTime(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2]}${match[3] ?? '+08:00'}`);
  return Number.isNaN(ms) ? undefined : ms;
}
