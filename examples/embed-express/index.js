// An Express app and Sluice on one port: the app's pages at /, media below /media.
import { createServer } from 'node:http';
import { createEngine } from '@sluice/core';
import hls from '@sluice/plugin-hls';
import { httpOn } from '@sluice/plugin-http';
import httpFlv from '@sluice/plugin-http-flv';
import rtmp from '@sluice/plugin-rtmp';
import wsFlv from '@sluice/plugin-ws-flv';
import express from 'express';

const { PORT = '8080', RTMP_PORT = '1935', DATA = './data' } = process.env;

const app = express();
app.get('/', (_request, response) => void response.json({ streams: engine.streams.list().map(({ path }) => path) }));
const server = createServer(app);

const engine = await createEngine({
  plugins: [rtmp, httpFlv, wsFlv, hls, httpOn(server)],
  config: { engine: { data: DATA }, http: { basePath: '/media' }, rtmp: { port: Number(RTMP_PORT) } },
});
await engine.start();
process.once('SIGTERM', async () => {
  // Viewers hold connections open: the engine ends them before the server waits for all to be idle.
  await engine.stop();
  server.close();
});

server.listen(Number(PORT), '0.0.0.0', () => {
  console.log(`the app: http://127.0.0.1:${PORT}/  media: http://127.0.0.1:${PORT}/media/live/app.flv`);
});
