/** What everybody knows, lower case: what scanners try first, and what stands in manuals, samples and old defaults of this and other servers. */
const KNOWN = new Set([
  '035c73f7-bb6b-4889-a715-d9eb2d1925cc',
  '1q2w3e4r',
  '34020000002000000001',
  '3402000000',
  '4321',
  '654321',
  'abc123',
  'abcd1234',
  'admin',
  'admin@123',
  'admin123',
  'admin1234',
  'admin12345',
  'administrator',
  'api-key',
  'api_key',
  'apikey',
  'change-it',
  'change-me',
  'change_me',
  'changeit',
  'changeme',
  'default',
  'guest',
  'letmein',
  'none',
  'null',
  'p@ssw0rd',
  'pass',
  'passw0rd',
  'passwd',
  'password',
  'password1',
  'password123',
  'pengrl',
  'q191201771',
  'qwerty',
  'qwerty123',
  'root',
  'root123',
  'secret',
  'sluice',
  'supersecret',
  'undefined',
  'welcome',
  'your-api-key',
  'your-secret',
]);

const DIGITS = '01234567890123456789';

/** One character again and again, or digits in their order: `000000`, `12345678`. */
function isPlain(text: string): boolean {
  return text === text.charAt(0).repeat(text.length) || (text.length <= 10 && DIGITS.includes(text));
}

/** True for a secret that guards nothing: an empty one, or one that everybody knows. */
export function isKnownSecret(secret: string): boolean {
  const text = secret.trim().toLowerCase();
  return text === '' || KNOWN.has(text) || isPlain(text);
}
