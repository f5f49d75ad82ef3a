import type { Bench } from './bench.js';
import { SERVER_CORE, TOOLS_CORE } from './process.js';

/**
 * Runs `body` while both cores are busy with something that gives way to everything else (SCHED_IDLE). A core that sleeps takes its time to wake,
 * in a virtual machine some milliseconds, and who joins a server that has nothing else to do pays for it several times: that is not the server's doing.
 */
export async function awake<T>(bench: Bench, body: () => Promise<T>): Promise<T> {
  const loops = [...new Set([SERVER_CORE, TOOLS_CORE])].map((core) =>
    bench.programs.start('chrt', ['--idle', '0', 'sh', '-c', 'while :; do :; done'], { core }),
  );
  try {
    const result = await body();
    if (loops.some((loop) => loop.hasEnded())) throw new Error('chrt --idle did not keep the cores awake');
    return result;
  } finally {
    await Promise.all(loops.map((loop) => loop.stop()));
  }
}
