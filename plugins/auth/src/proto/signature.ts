import type { AccessAction } from '@sluice/core';

/** `?exp=UNIX&sig=HEX` of a signed URL. */
export interface Signature {
  readonly exp: string;
  readonly expiresAtMs: number;
  /** Lower case, of SHA-256. */
  readonly sig: string;
}

/** The text that is signed. */
export function signedText(action: AccessAction, path: string, exp: string): string {
  return `${action}\n${path}\n${exp}`;
}

/** Reads a query; `undefined` where it has no signature, or none that could be right. */
export function readSignature(query: Readonly<Record<string, string>> = {}): Signature | undefined {
  const { exp = '', sig = '' } = query;
  if (!/^\d{1,12}$/.test(exp) || !/^[0-9a-f]{64}$/i.test(sig)) return undefined;
  return { exp, expiresAtMs: Number(exp) * 1000, sig: sig.toLowerCase() };
}
