/** `{path}`, `{1}` and `$1`; `$0` is the path too. */
const PLACEHOLDER = /\{([^{}]*)\}|\$(\d{1,2})/g;

function nameOf(braced: string | undefined, dollar: string | undefined): string {
  return braced ?? (dollar === '0' ? 'path' : (dollar ?? ''));
}

/** Why a URL with placeholders cannot be used with a pattern of so many wildcards; undefined where it can. */
export function templateMistake(url: string, wildcards: number): string | undefined {
  for (const [whole, braced, dollar] of url.matchAll(PLACEHOLDER)) {
    const name = nameOf(braced, dollar);
    if (name === 'path') continue;
    if (!/^[1-9]\d?$/.test(name)) return `${whole} is none of {path}, {1}, {2} … or $1, $2 …`;
    if (Number(name) > wildcards) return `${whole} has no wildcard in match`;
  }
  return undefined;
}

/** Fills in the URL: `{path}` is the whole path; `{1}` or `$1`, `{2}` or `$2` … are what the pattern's wildcards stood for. Paths need no encoding in a URL. */
export function fillTemplate(url: string, path: string, captures: readonly string[]): string {
  return url.replace(PLACEHOLDER, (_whole, braced?: string, dollar?: string) => {
    const name = nameOf(braced, dollar);
    return name === 'path' ? path : (captures[Number(name) - 1] ?? '');
  });
}

/** True where whoever names the path names the host, or part of it, too. */
export function choosesHost(url: string): boolean {
  const [, authority = ''] = /^[^:]*:\/\/([^/?#]*)/.exec(url) ?? [];
  return authority.search(PLACEHOLDER) >= 0;
}
