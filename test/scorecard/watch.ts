import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Seen } from './types.js';

/** Somebody who looks at a server from outside. */
export interface Watch {
  /** What was seen since the last time. */
  take(): Promise<Seen>;
  stop(): Promise<void>;
}

/** Views a stream over HTTP-FLV and probes /healthz, in another process. */
export function watch(flvUrl: string, healthUrl: string): Watch {
  const child = fork(join(import.meta.dirname, 'watch-process.js'), [flvUrl, healthUrl], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  return {
    take: async () => {
      const answer = Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error('the watching process ended')))]);
      child.send('take');
      const [seen] = (await answer) as [Seen];
      return seen;
    },
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}
