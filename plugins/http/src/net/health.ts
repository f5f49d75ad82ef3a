import type { EngineInfo } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** `/healthz` and `/readyz`: 200 while the engine runs, 503 while it starts or drains. */
export function registerHealth(app: FastifyInstance, prefix: string, engine: EngineInfo): void {
  const answer = (_request: FastifyRequest, reply: FastifyReply) => {
    const { state } = engine;
    return reply
      .code(state === 'running' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: state });
  };
  // At the root too: whoever watches the process knows nothing of the base path.
  for (const base of new Set(['', prefix])) {
    app.get(`${base}/healthz`, { schema: { hide: true } as object }, answer);
    app.get(`${base}/readyz`, { schema: { hide: true } as object }, answer);
  }
}
