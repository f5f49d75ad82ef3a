import type { Fresh } from './types.js';

const SAMPLE_MS = 20;

/** What a server spent while something was done to it. */
export interface Spent {
  /** The most by which its memory was larger than before. */
  readonly grownBytes: number;
  readonly cpuSeconds: number;
}

/** Does `work` and looks at the server's memory meanwhile. */
export async function metered(server: Fresh, work: () => Promise<void>): Promise<Spent> {
  const before = server.usage();
  let highest = before.rssBytes;
  const look = (): number => (highest = Math.max(highest, server.usage().rssBytes));
  const timer = setInterval(look, SAMPLE_MS);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return { grownBytes: highest - before.rssBytes, cpuSeconds: server.usage().cpuSeconds - before.cpuSeconds };
}

/** `4.2` of 4,200,000 bytes. */
export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Throws where memory grew by more than `limitBytes`. */
export function mustNotGrow({ grownBytes }: Spent, limitBytes: number): void {
  if (grownBytes > limitBytes) throw new Error(`RSS +${megabytes(grownBytes)} MB, more than ${megabytes(limitBytes)}`);
}
