import { randomBytes, randomInt } from 'node:crypto';

/** 32 random bits, for SSRCs and beginnings (RFC 3550 5.1). */
export function randomNumber(): number {
  return randomInt(0x1_0000_0000);
}

/** Text that nobody guesses, in hex. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
