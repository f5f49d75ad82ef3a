import { definePlugin } from '@sluice/core';
import { httpService } from '@sluice/plugin-http/service';
import { type ServerOptions, WebSocketServer } from 'ws';
import { wsFlvConfig } from './config.js';
import { playWebSocket } from './net/play.js';

/** How long a viewer may take to answer our close (RFC 6455 7.1.1), in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

/** FLV over WebSocket: `ws://HOST/app/name.flv` and `ws://HOST/flv/STREAM/TOKEN`. */
export default definePlugin({
  name: 'ws-flv',
  version: '1.0.0',
  engine: '^1.0.0',
  config: wsFlvConfig,
  requires: [httpService],
  setup(ctx, config) {
    // The types of ws know no `closeTimeout` yet.
    const options: ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: config.maxPayloadBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    const server = new WebSocketServer(options);
    ctx.onDispose(() => server.close());
    ctx
      .use(httpService)
      .streamUpgrade({ suffix: 'flv', prefix: 'flv' }, (stream, request, connection, head) =>
        playWebSocket(ctx, server, config, stream, request, connection, head),
      );
  },
});

export { type WsFlvConfig, wsFlvConfig } from './config.js';
export { wsFlvForm, wsFlvLegacyHevcForm } from './ws-form.js';
