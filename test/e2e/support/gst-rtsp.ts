import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { type Running, start } from './programs.js';
import { freePort } from './server.js';

// Debian's, as its GStreamer bindings are for this one alone.
const PYTHON = '/usr/bin/python3';
const PROBE = 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer';

/** Whether GStreamer's RTSP server can be run: gir1.2-gst-rtsp-server-1.0 and python3-gi. */
export const hasGstRtspServer: boolean = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', PROBE]).status === 0;

/** A running server. */
export interface GstRtspServer {
  readonly program: Running;
  readonly port: number;
  /** URL of its stream; with user and password where given. */
  url(userInfo?: string): string;
}

/** Starts GStreamer's RTSP server with a pipeline (`name=pay0` …, or `depay0` … with `--record`) and flags of rtsp-server.py. */
export async function startGstRtsp(pipeline: string, flags: readonly string[] = []): Promise<GstRtspServer> {
  const port = await freePort();
  const program = start(PYTHON, [join(root, 'test/e2e/support/rtsp-server.py'), String(port), pipeline, ...flags]);
  await program.wrote(/ready/);
  return { program, port, url: (userInfo) => `rtsp://${userInfo === undefined ? '' : `${userInfo}@`}127.0.0.1:${port}/live/a` };
}
