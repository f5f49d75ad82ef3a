/** The form of a list of event types: names and `*` at the end of one, comma-separated. */
export const EVENT_TYPES = /^(\*|[a-z0-9]+([.-][a-z0-9]+)*(\.\*)?)(,(\*|[a-z0-9]+([.-][a-z0-9]+)*(\.\*)?))*$/;

/** Makes a check from `stream.*,session.ended`; without a list everything is wanted. */
export function createTypeFilter(list: string | undefined): (type: string) => boolean {
  if (list === undefined) return () => true;
  const patterns = list.split(',');
  return (type) => patterns.some((pattern) => (pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern));
}
