const MAX_SECONDS = 0xffffffff;

function secondsOf(text: string | undefined): number | undefined {
  const digits = /^\s*"?(\d{1,10})"?\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), MAX_SECONDS);
}

/** How long a REGISTER wants to last: the Contact's `expires` before the Expires header, `*` for none at all (RFC 3261 10.2.1.1, 10.2.2). */
export function askedExpiry(contact: string | undefined, expires: string | undefined, defaultSeconds: number): number {
  const header = secondsOf(expires);
  if (contact?.trim() === '*') return 0;
  const parameter = secondsOf(/;\s*expires\s*=\s*("?\d{1,10}"?)/i.exec(contact ?? '')?.[1]);
  return parameter ?? header ?? defaultSeconds;
}
