// A Fastify app and Sluice on one port: the app's pages at /, media below /media.
import { createEngine } from '@sluice/core';
import hls from '@sluice/plugin-hls';
import { httpOn } from '@sluice/plugin-http';
import httpFlv from '@sluice/plugin-http-flv';
import rtmp from '@sluice/plugin-rtmp';
import wsFlv from '@sluice/plugin-ws-flv';
import fastify from 'fastify';

const { PORT = '8080', RTMP_PORT = '1935', DATA = './data' } = process.env;

const app = fastify();
app.get('/', () => ({ streams: engine.streams.list().map(({ path }) => path) }));

const engine = await createEngine({
  plugins: [rtmp, httpFlv, wsFlv, hls, httpOn(app.server)],
  config: { engine: { data: DATA }, http: { basePath: '/media' }, rtmp: { port: Number(RTMP_PORT) } },
});
await engine.start();
// Viewers hold connections open: the engine ends them before the app waits for all to be idle.
app.addHook('preClose', () => engine.stop());
process.once('SIGTERM', () => app.close());

await app.listen({ host: '0.0.0.0', port: Number(PORT) });
console.log(`the app: http://127.0.0.1:${PORT}/  media: http://127.0.0.1:${PORT}/media/live/app.flv`);
