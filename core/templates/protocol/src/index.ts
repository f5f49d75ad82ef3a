import { definePlugin } from '@sluice/core';
import { config } from './config.js';
import { Session } from './net/session.js';

/** Frames over TCP, in and out. */
export default definePlugin({
  name: '__name__',
  version: '0.1.0',
  engine: '__range__',
  config,
  setup(ctx, options) {
    // Ports are opened when every plugin is set up, and closed with this one.
    ctx.onListen(async () => {
      await ctx.transport.listenTcp({ name: 'main', port: options.port }, (connection) => void new Session(ctx, options, connection));
    });
  },
});

export { type Config, config } from './config.js';
export type { ProtocolErrorCode } from './errors.js';
