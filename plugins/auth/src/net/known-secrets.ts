import { ConfigError, isKnownSecret, isLoopbackHost, type PluginContext } from '@sluice/core';
import type { AuthConfig } from '../config.js';

/** Plugins may listen elsewhere than the engine: any `host` of theirs counts. */
function isReachedByNobodyElse({ engine }: Pick<PluginContext, 'engine'>): boolean {
  const own = engine.config().filter(({ key, value }) => key.endsWith('.host') && value !== undefined);
  return isLoopbackHost(engine.settings.host) && own.every(({ value }) => isLoopbackHost(value));
}

/** Throws `ERR_CONFIG` where a port that others can reach is guarded by a secret everybody knows. */
export function refuseKnownSecrets(ctx: Pick<PluginContext, 'engine'>, config: AuthConfig): void {
  if (isReachedByNobodyElse(ctx)) return;
  const secrets: readonly (readonly [key: string, secret: string | undefined])[] = [
    ['auth.signing.secret', config.signing?.secret],
    ['auth.jwt.secret', config.jwt?.secret],
    ...config.tokens.map(({ token }, index) => [`auth.tokens.${index}.token`, token] as const),
    ...config.users.map(({ password }, index) => [`auth.users.${index}.password`, password] as const),
  ];
  const mistakes = secrets
    .filter(([, secret]) => secret !== undefined && isKnownSecret(secret))
    .map(([key]) => ({
      // A list is one value of the config.
      source: ctx.engine.config().find((entry) => key === entry.key || key.startsWith(`${entry.key}.`))?.source,
      key,
      message: 'a secret that everybody knows: choose another, or listen on a loopback address',
    }));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}
