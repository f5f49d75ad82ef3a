const UP = [
  '..',
  '%2e%2e',
  '%252e%252e',
  '.%2e',
  '%2e.',
  '%c0%ae%c0%ae',
  '%u002e%u002e',
  '․․',
  '．．',
  '‥',
  '..%00',
  '..;',
  '..\u0001',
  '. .',
  '.. ',
  ' ..',
  '..\t',
];
const SLASH = ['%2f', '%252f', '\\', '%5c', '%255c', '∕', '／', '⁄', '%c0%af', ':', '%00/'];

/** Names that mean, or could be taken for, a way out of a folder: none of them is a part of a stream's path. */
export const PATH_TRICKS: readonly string[] = [
  ...UP,
  '.',
  ...UP.slice(0, 9).map((up) => `${up}/${up}/canary`),
  ...SLASH.map((slash) => `..${slash}..${slash}canary`),
  ...SLASH.slice(0, 6).map((slash) => `a${slash}..${slash}..${slash}..${slash}canary`),
  'a/../../canary',
  'a/./b',
  'a//b',
  'a/',
  '....//canary',
  '..././canary',
  '/etc/passwd',
  '//etc/passwd',
  'C:\\windows\\win.ini',
  '\\\\server\\share',
  'file:///etc/passwd',
  'a\u0000.log',
  'canary%00.flv',
  'a\nb',
  'a\r\nb',
  'a\u001b[2Jb',
  'a\u007fb',
  'a\u202eb',
  'ａ',
  'é',
  'e\u0301',
  '流',
  '💧',
  '~root/../canary',
  '$HOME',
  'a*b',
  'a?b/..',
  'CON:',
  `${'a'.repeat(129)}`,
  `${'a/'.repeat(8)}a`,
  `${'../'.repeat(200)}canary`,
  'a'.repeat(5000),
];

/** The name as a program writes it into a URL that means no harm, and as one does that means some: whatever may stand in a request line as it is. */
export function inUrl(name: string): string[] {
  const harmless = encodeURIComponent(name);
  const raw = /^[\x21-\x7e]+$/.test(name) && !/[?#]/.test(name) ? [name] : [];
  return [...raw, harmless, encodeURIComponent(harmless)];
}
