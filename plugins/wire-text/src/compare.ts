/** Compares in a time that depends on the lengths only. */
export function constantTimeEqual(a: Buffer, b: Buffer): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at % Math.max(1, b.length)] ?? 0);
  return difference === 0;
}
