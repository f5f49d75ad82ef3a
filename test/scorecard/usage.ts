import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Usage } from './types.js';

/** Of Linux's `utime` and `stime`. */
const TICKS_PER_SECOND = 100;

/** What `/proc` says about a process. Throws where there is none. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rss = status.match(/^VmRSS:\s+(\d+) kB/m);
  if (rss === null) throw new Error(`process ${pid} has ended`);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Fields 14 and 15 of proc(5); the name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  const links = openFiles(pid);
  const udp = udpInodes(pid);
  return {
    rssBytes: Number(rss[1]) * 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    waitedSeconds: Number(waitedNs) / 1e9,
    fds: links.length,
    udpSockets: links.filter((link) => udp.has(link.match(/^socket:\[(\d+)\]$/)?.[1] ?? '')).length,
  };
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}

function udpInodes(pid: number): Set<string> {
  const tables = ['udp', 'udp6'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8'));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1));
  return new Set(rows.map((row) => row.trim().split(/\s+/)[9] ?? ''));
}
