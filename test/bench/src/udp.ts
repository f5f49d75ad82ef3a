import { existsSync, readFileSync } from 'node:fs';

/** Datagrams that UDP sockets of a table had no room for: the last column of /proc/net/udp. */
export function dropsIn(table: string): number {
  const [, ...rows] = table.trim().split('\n');
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/).pop() ?? 0), 0);
}

/** Datagrams dropped so far by all open UDP sockets of this network namespace. */
export function droppedDatagrams(): number {
  return ['/proc/net/udp', '/proc/net/udp6'].filter((file) => existsSync(file)).reduce((sum, file) => sum + dropsIn(readFileSync(file, 'utf8')), 0);
}
