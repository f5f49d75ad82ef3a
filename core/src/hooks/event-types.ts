/** The form of an event type, or of a pattern of them: `stream.published`, `stream.*`, `*`. */
export const EVENT_PATTERN: RegExp = /^(\*|[a-z0-9]+([.-][a-z0-9]+)*(\.\*)?)$/;

/** Makes patterns of event types a check: `stream.*` for all of a kind, `*` for all. */
export function eventTypes(patterns: readonly string[]): (type: string) => boolean {
  return (type) => patterns.some((pattern) => (pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern));
}
