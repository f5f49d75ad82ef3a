/** Parameters by lower-case name; a parameter without `=` has the value ''. Names never reach an object's prototype. */
export type Parameters = ReadonlyMap<string, string>;

const MAX_PARAMETERS = 64;

/** Splits at a separator that is neither inside a quoted string nor inside `<…>`. Parts are trimmed; empty ones stay. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let angle = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '<') angle = true;
    else if (char === '>') angle = false;
    else if (char === separator && !angle) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** Takes the quotes and escapes off a quoted string; anything else comes back as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}

/** Makes a quoted string. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\0]/g, ' ')}"`;
}

/** Reads `a=b;c="d";e` (separator `;`) or `a=b, c="d"` (separator `,`). Of a name given twice the first counts; past 64 the rest is ignored. */
export function parseParameters(text: string, separator: ';' | ',' = ';'): Parameters {
  const result = new Map<string, string>();
  for (const part of splitOutside(text, separator)) {
    if (part === '') continue;
    if (result.size >= MAX_PARAMETERS) break;
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !result.has(name)) result.set(name, equals < 0 ? '' : unquote(part.slice(equals + 1).trim()));
  }
  return result;
}
