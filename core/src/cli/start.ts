import type { EngineSettings } from '../config/engine-schema.js';
import { createEngine, type Engine } from '../engine.js';
import { createLogger } from '../kernel/logger.js';
import { banner } from '../plugin/banner.js';
import { rehearse } from '../rehearsal/rehearse.js';
import { bannerText, reachableHost } from './banner-text.js';
import { onUncaught } from './crash.js';
import { EXIT } from './exit-code.js';
import type { Prepared } from './prepare.js';
import { onSignals } from './signals.js';

/** Runs an engine until a signal ends it, or an error that nobody caught; the answer is the exit code. Rejects where it does not start. */
export async function runUntilSignal({ preset, plugins, config, baseDir }: Prepared): Promise<number> {
  const settings = config.values.engine as EngineSettings;
  const logger = createLogger({ level: settings.log.level, pretty: process.stdout.isTTY === true });
  let engine: Engine | undefined;
  let stopping = false;
  let exitCode: number = EXIT.ok;
  let finish: (code: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const stop = (code: number): void => {
    stopping = true;
    exitCode = code;
    engine?.stop('stop').then(
      () => finish(exitCode),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        finish(EXIT.failed);
      },
    );
  };
  const releaseSignals = onSignals(() => {
    if (stopping) process.exit(EXIT.failed);
    stop(EXIT.ok);
  });
  const names = plugins.map(({ name }) => name);
  const releaseUncaught = onUncaught(logger, names, () => {
    if (!stopping) stop(EXIT.failed);
    else exitCode = EXIT.failed;
  });
  try {
    if (settings.rehearse) await rehearse(plugins, { data: settings.data, logger });
    if (stopping) return exitCode;
    const created = await createEngine({ plugins: [...plugins], resolved: { ...config, preset }, baseDir, logger });
    engine = created;
    if (stopping) return exitCode;
    try {
      await created.start();
    } catch (error) {
      if (!stopping) throw error;
    }
    if (!stopping) process.stdout.write(bannerOf(created, preset, settings.host));
    return await finished;
  } finally {
    releaseSignals();
    releaseUncaught();
  }
}

function bannerOf(engine: Engine, preset: string, configuredHost: string | undefined): string {
  const facts = { host: reachableHost(configuredHost), addresses: engine.addresses, secrets: engine.secrets };
  const lines = engine.extensions(banner).flatMap((source) => source(facts));
  return bannerText({ version: engine.info.version, preset, addresses: engine.addresses, lines, warnings: engine.info.warnings() });
}
