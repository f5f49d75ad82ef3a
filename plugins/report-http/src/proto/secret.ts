/** What a secret begins with (Standard Webhooks, "Signature scheme"). */
export const SECRET_PREFIX = 'whsec_';
/** Shorter ones are no match for who tries them all (Standard Webhooks asks for 24 to 64 bytes). */
export const MIN_SECRET_BYTES = 24;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** The bytes of `whsec_BASE64`; `undefined` where it is no such text, or empty. */
export function parseSecret(text: string): Buffer | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined;
  const encoded = text.slice(SECRET_PREFIX.length);
  return encoded !== '' && BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : undefined;
}
