import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants used so far. */
export interface Usage {
  /** On a core, all threads, kernel included. */
  readonly cpuSeconds: number;
  readonly memoryKb: number;
  /** Monotonic clock. */
  readonly atSeconds: number;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

function tree(pid: number): number[] {
  const all = [pid];
  for (const each of all) all.push(...childrenOf(each));
  return all;
}

/** Nanoseconds from schedstat, which ticks of /proc/PID/stat are too coarse for. */
function usageOf(pid: number): { readonly cpuSeconds: number; readonly memoryKb: number } {
  try {
    const cpu = readdirSync(`/proc/${pid}/task`).map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
    const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuSeconds: cpu.reduce((sum, ns) => sum + ns, 0) / 1e9, memoryKb: Number(memory ?? 0) };
  } catch {
    return { cpuSeconds: 0, memoryKb: 0 };
  }
}

/** Samples a process tree now. */
export function usage(pid: number): Usage {
  const each = tree(pid).map(usageOf);
  return {
    cpuSeconds: each.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    memoryKb: each.reduce((sum, { memoryKb }) => sum + memoryKb, 0),
    atSeconds: performance.now() / 1000,
  };
}
