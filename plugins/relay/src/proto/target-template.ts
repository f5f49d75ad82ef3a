const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Why a URL with placeholders cannot be used with a pattern of so many wildcards; undefined where it can. */
export function templateMistake(url: string, wildcards: number): string | undefined {
  for (const [whole, name = ''] of url.matchAll(PLACEHOLDER)) {
    if (name === 'path') continue;
    if (!/^[1-9]\d?$/.test(name)) return `${whole} is none of {path}, {1}, {2} …`;
    if (Number(name) > wildcards) return `${whole} has no wildcard in match`;
  }
  return undefined;
}

/** Fills in the URL: `{path}` is the whole path, `{1}`, `{2}` … are what the pattern's wildcards stood for. Paths need no encoding in a URL. */
export function fillTemplate(url: string, path: string, captures: readonly string[]): string {
  return url.replace(PLACEHOLDER, (_whole, name: string) => (name === 'path' ? path : (captures[Number(name) - 1] ?? '')));
}
