const ABSOLUTE = /^rtsps?:\/\//i;

/**
 * The URL that controls in a session description are relative to: `Content-Base`, else `Content-Location`, else the URL asked for (RFC 2326 C.1.1).
 * What is no RTSP URL does not count; user and password in it neither.
 */
export function baseUrl(requested: string, contentBase: string | undefined, contentLocation: string | undefined): string {
  const base = [contentBase, contentLocation].map((text) => text?.trim() ?? '').find((text) => ABSOLUTE.test(text));
  return base === undefined ? requested : withoutCredentials(base);
}

/**
 * The URL of a control (RFC 2326 C.1.1). A relative one is put behind the base, query and all, as everybody does it: by the rules of RFC 3986 the last
 * segment of the base would go. `?name=value` alone is put behind without a slash.
 */
export function controlUrl(base: string, control: string): string {
  if (control === '' || control === '*') return base;
  if (ABSOLUTE.test(control)) return withoutCredentials(control);
  if (control.startsWith('?')) return base + control;
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}

function withoutCredentials(url: string): string {
  return url.replace(/^(rtsps?:\/\/)[^/?#]*@/i, '$1');
}
