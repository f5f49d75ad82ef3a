// Greets every stream that is published, and counts the greetings.
import { definePlugin } from '@sluice/core';
import { z } from 'zod';

export default definePlugin({
  name: 'hello',
  version: '1.0.0',
  engine: '^1.0.0',
  config: z.strictObject({
    greeting: z.string().default('hello').describe('What is said to a stream'),
  }),
  setup(ctx, config) {
    let greeted = 0;
    ctx.hooks.published((stream) => {
      greeted++;
      ctx.log.info({ stream: stream.path }, `${config.greeting}, ${stream.path}`);
    });
    ctx.onDispose(() => ctx.log.info({ greeted }, 'bye'));
  },
});
