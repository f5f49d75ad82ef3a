/** The `index`-th loopback address (127.1.0.1 …) of those that nobody else has: what one does wrong counts against no other. */
export function stranger(index: number): string {
  const number = index + 1;
  return `127.${1 + ((number >> 16) & 0x7f)}.${(number >> 8) & 255}.${number & 255}`;
}
