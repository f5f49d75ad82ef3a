import { join } from 'node:path';
import { definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { authConfig } from './config.js';
import { createChecks, openWarning } from './net/decision.js';
import { refuseKnownSecrets } from './net/known-secrets.js';
import { Tokens } from './net/tokens.js';
import { authService } from './service.js';

/** Who may publish and play: one decision for all protocols. */
export default definePlugin({
  name: 'auth',
  version: '1.0.0',
  engine: '^1.0.0',
  config: authConfig,
  provides: [authService],
  optional: [httpService],
  async setup(ctx, config) {
    refuseKnownSecrets(ctx, config);
    const tokens = new Tokens(join(ctx.engine.dataDir, 'auth', 'tokens.json'), config, ctx.clock);
    const checks = await createChecks(ctx, config, tokens);
    ctx.hooks.authorize((request) => checks[request.action]?.(request));
    const warning = openWarning(config);
    if (warning !== undefined) ctx.warn(warning);
    ctx.find(httpService)?.readTokensFrom(config.headers);
    ctx.onDispose(() => tokens.settled());
    ctx.provide(authService, {
      tokens: () => tokens.list(),
      createToken: (request) => tokens.create(request),
      revokeToken: (id) => tokens.revoke(id),
    });
  },
});

export { type AuthConfig, authConfig } from './config.js';
export type { AuthErrorCode } from './errors.js';
export { type AuthService, authService, type TokenInfo, type TokenRequest } from './service.js';
