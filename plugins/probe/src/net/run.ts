import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, definePlugin, type LinkTransport, redactText, redactUrl, SluiceError } from '@sluice/core';
import { flvClientService } from '@sluice/plugin-http-flv/service';
import { rtmpClientService } from '@sluice/plugin-rtmp/service';
import { rtspClientService } from '@sluice/plugin-rtsp/service';
import { probeError } from '../errors.js';
import plugin from '../index.js';
import { reportText } from '../map/report-text.js';
import { type ProbeReport, type ProbeRequest, probeService } from '../service.js';

/** What the command line says. */
export interface ProbeArguments {
  readonly url: string;
  readonly seconds: number;
  readonly timeout: number;
  readonly transport: LinkTransport;
  readonly json: boolean;
}

/** Has the clients loaded. */
const clients = definePlugin({
  name: 'probe-clients',
  version: '1.0.0',
  requires: [rtmpClientService, rtspClientService, flvClientService],
  setup() {},
});

/** Runs the command; the answer is the exit code. Rejects where the stream cannot be read; with `--json` that is told as JSON too. */
export async function runProbe(args: ProbeArguments, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const { url, seconds, timeout: timeoutSeconds, transport, json } = args;
  if (!(seconds > 0)) throw probeError('ERR_CONFIG_ARGUMENT', '--seconds must be above 0');
  if (!(timeoutSeconds > 0)) throw probeError('ERR_CONFIG_ARGUMENT', '--timeout must be above 0');
  const onProgress = (step: 'connecting' | 'live'): void => {
    process.stderr.write(step === 'connecting' ? `connecting to ${redactUrl(url)} …\n` : `media comes; reading for ${seconds} s …\n`);
  };
  try {
    const report = await withEngine({ url, seconds, timeoutSeconds, transport, signal, onProgress });
    print(json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
    return 0;
  } catch (error) {
    if (json && error instanceof SluiceError) {
      print(`${JSON.stringify({ url: redactUrl(url), error: { code: error.code, message: redactText(error.message) } }, undefined, 2)}\n`);
    }
    throw error instanceof SluiceError && error.status === 400 ? probeError('ERR_CONFIG_ARGUMENT', error.message, error) : error;
  }
}

async function withEngine(request: ProbeRequest): Promise<ProbeReport> {
  const data = await mkdtemp(join(tmpdir(), 'sluice-probe-'));
  try {
    const engine = await createEngine({ plugins: [plugin, clients], config: { engine: { data } } });
    await engine.start({ listen: false });
    try {
      return await engine.service(probeService).probe(request);
    } finally {
      await engine.stop();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
