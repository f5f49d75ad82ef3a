import { ConfigError, isKnownSecret, isLoopbackHost, type PluginContext } from '@sluice/core';
import type { Gb28181Config } from './config.js';

/** Throws `ERR_CONFIG` where a port that others can reach is guarded by a password everybody knows. */
export function refuseKnownPasswords(ctx: Pick<PluginContext, 'engine'>, config: Gb28181Config): void {
  if (isLoopbackHost(config.sip.host ?? ctx.engine.settings.host)) return;
  const keys: readonly (readonly [key: string, password: string | undefined])[] = [
    ['gb28181.sip.password', config.sip.password],
    ...config.devices.map((device, i) => [`gb28181.devices.${i}.password`, device.password] as const),
  ];
  const mistakes = keys
    .filter(([, password]) => password !== undefined && isKnownSecret(password))
    .map(([key]) => ({
      // A list is one value of the config.
      source: ctx.engine.config().find((entry) => key === entry.key || key.startsWith(`${entry.key}.`))?.source,
      key,
      message: 'a password that everybody knows: choose another, or listen on a loopback address',
    }));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}
