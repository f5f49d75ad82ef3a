import { definePlugin, figures } from '@sluice/core';
import { sipConfig } from './config.js';
import { sipFigures } from './figures.js';
import { openEndpoint } from './net/endpoint.js';
import { type SipEndpoint, sipService } from './service.js';

/** SIP over UDP and TCP (RFC 3261) as a service for other plugins: it opens no port by itself. */
export default definePlugin({
  name: 'sip',
  version: '1.0.0',
  engine: '^1.0.0',
  config: sipConfig,
  provides: [sipService],
  setup(ctx, config) {
    const endpoints = new Set<SipEndpoint>();
    for (const figure of sipFigures(endpoints)) ctx.extend(figures, figure);
    ctx.provide(sipService, {
      async listen(options) {
        const endpoint = await openEndpoint(ctx, config, options);
        endpoints.add(endpoint);
        ctx.onDispose(() => endpoint.close());
        return endpoint;
      },
    });
  },
});

export { type SipConfig, sipConfig } from './config.js';
export type { SipErrorCode } from './errors.js';
export { buildRequest, buildResponse, reasonOf } from './proto/build.js';
export { checkRequest, checkResponse, type Refusal } from './proto/check.js';
export { header, headers, parametersOfAddress, parseCSeq, type SipMessage, tagOf, uriHost, uriOf, uriUser } from './proto/headers.js';
export { parseDatagram, parseFramed } from './proto/parse.js';
export { serializeMessage } from './proto/serialize.js';
export { parseVia, topVia, type Via } from './proto/via.js';
export {
  type AcceptOptions,
  type ByeResult,
  type CalledDialog,
  type IncomingRequest,
  type InviteOptions,
  type OutgoingRequest,
  type SavedDialog,
  type SipDialog,
  type SipEndpoint,
  type SipHeaders,
  type SipListenOptions,
  type SipRequest,
  type SipResponse,
  type SipService,
  type SipStats,
  type SipTarget,
  sipService,
} from './service.js';
