/** Throws where something is not as it must be. */
export function check(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Error(what());
}

/** Throws where anything was found wrong, with the first of it. */
export function checkNone(wrong: readonly string[], what: string): void {
  const more = wrong.length > 6 ? ` … and ${wrong.length - 6} more` : '';
  if (wrong.length > 0) throw new Error(`${what}: ${wrong.slice(0, 6).join('; ')}${more}`);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** True once it holds; false where the time is over before. */
export async function becomes(holds: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await pause(50);
  }
}

/** Runs `run` for all, so many at a time, with a breath between: what is to be seen is what comes back, not how fast. */
export async function each<T>(items: readonly T[], atATime: number, run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items].reverse();
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      await run(item);
      await pause(10);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}
