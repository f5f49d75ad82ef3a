import type { AccessAction, PluginContext } from '@sluice/core';
import type { AuthConfig } from '../config.js';
import type { Check } from '../proto/holder.js';
import { createCallbackMode } from './callback-mode.js';
import { createTokenMode } from './token-mode.js';
import type { Tokens } from './tokens.js';

/** Makes the checks of both actions; none where anybody may. */
export async function createChecks(ctx: PluginContext, config: AuthConfig, tokens: Tokens): Promise<Readonly<Record<AccessAction, Check | undefined>>> {
  const { jwt, callback } = config;
  const uses = (mode: AuthConfig['publish']): boolean => config.publish === mode || config.play === mode;
  // jose is loaded where it is needed only.
  const jwtMode = uses('jwt') && jwt !== undefined ? (await import('./jwt-mode.js')).createJwtMode(ctx, jwt) : undefined;
  const checks: Readonly<Record<AuthConfig['publish'], Check | undefined>> = {
    open: undefined,
    token: createTokenMode(config, tokens, ctx.clock),
    jwt: jwtMode,
    callback: callback === undefined ? undefined : createCallbackMode(ctx, callback),
  };
  return { publish: checks[config.publish], play: checks[config.play] };
}

/** What an operator is told of a server that lets anybody in. */
export function openWarning({ publish, play }: Pick<AuthConfig, 'publish' | 'play'>): string | undefined {
  const keys = [...(publish === 'open' ? ['publish'] : []), ...(play === 'open' ? ['play'] : [])];
  if (keys.length === 0) return undefined;
  return `anybody may ${keys.join(' and ')}: ${keys.map((key) => `auth.${key}`).join(' and ')} ${keys.length > 1 ? 'are' : 'is'} open (others: token, jwt, callback)`;
}
