import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@sluice/core';
import { replayError } from '../errors.js';
import plugin from '../index.js';
import { type ReplayRequest, replayService } from '../service.js';

/** What the command line says. */
export interface ReplayArguments {
  readonly file: string;
  readonly to: string;
  readonly tcp: boolean;
  readonly speed: number;
  readonly ssrc: string | undefined;
}

/** What is asked for. Throws `ERR_CONFIG_ARGUMENT`. */
export function requestOf({ file, to, tcp, speed, ssrc }: ReplayArguments): ReplayRequest {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(to);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port > 0 && port <= 65_535)) throw replayError('ERR_CONFIG_ARGUMENT', `--to: '${to}' is no HOST:PORT`);
  if (!(speed > 0)) throw replayError('ERR_CONFIG_ARGUMENT', '--speed must be above 0');
  if (ssrc !== undefined && !(/^\d{1,10}$/.test(ssrc) && Number(ssrc) < 2 ** 32)) throw replayError('ERR_CONFIG_ARGUMENT', `--ssrc: '${ssrc}' is no SSRC`);
  return { file, host, port, transport: tcp ? 'tcp' : 'udp', speed, ...(ssrc === undefined ? {} : { ssrc: Number(ssrc) }) };
}

/** Runs the command; the answer is the exit code. Rejects where it cannot be done. */
export async function runReplay(args: ReplayArguments, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const request = requestOf(args);
  const data = await mkdtemp(join(tmpdir(), 'sluice-replay-'));
  try {
    const engine = await createEngine({ plugins: [plugin], config: { engine: { data } } });
    await engine.start();
    try {
      const { packets, bytes, truncated, durationMs } = await engine.service(replayService).replay({ ...request, signal });
      const left = truncated === 0 ? '' : `, ${truncated} left out that the dump has not whole`;
      print(`${packets} packets, ${bytes} bytes in ${(durationMs / 1000).toFixed(1)} s to ${args.to} over ${request.transport}${left}\n`);
    } finally {
      await engine.stop();
    }
    return 0;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
