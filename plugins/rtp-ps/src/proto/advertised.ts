/** The two halves of `HOST[:PORT]`; IPv6 in brackets. */
export function parseAdvertised(text: string): { readonly host: string; readonly port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  return port === undefined ? { host } : { host, port: Number(port) };
}
