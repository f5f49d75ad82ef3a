/** What everybody knows, lower case: what scanners try first, and what stands in manuals, samples and old defaults of this and other servers. */
const KNOWN = new Set([
  '000000',
  '111111',
  '12345',
  '123456',
  '1234567',
  '12345678',
  '123456789',
  '1234567890',
  '035c73f7-bb6b-4889-a715-d9eb2d1925cc',
  'admin',
  'admin123',
  'admin12345',
  'api-key',
  'apikey',
  'change-me',
  'changeme',
  'password',
  'pengrl',
  'q191201771',
  'qwerty',
  'root',
  'secret',
  'sluice',
]);

/** True for a secret that guards nothing: an empty one, or one that everybody knows. */
export function isKnownSecret(secret: string): boolean {
  const text = secret.trim().toLowerCase();
  return text === '' || KNOWN.has(text);
}
