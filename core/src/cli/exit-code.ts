import { SluiceError } from '../error.js';

/** Exit codes of the command line. */
export const EXIT = { ok: 0, failed: 1, config: 2, portInUse: 3 } as const;

/** The exit code that tells what went wrong. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SluiceError)) return EXIT.failed;
  if (error.code === 'ERR_PORT_IN_USE') return EXIT.portInUse;
  const config = ['ERR_CONFIG', 'ERR_PLUGIN_', 'ERR_SERVICE_'].some((prefix) => error.code.startsWith(prefix));
  return config ? EXIT.config : EXIT.failed;
}
