import type { IncomingMessage } from 'node:http';
import { type BroughtBy, type ConfigByName, type ServiceToken, service } from '@sluice/core';
import type { httpService } from '@sluice/plugin-http/service';
import type { apiConfig } from './config.js';
import type { ApiApp } from './net/app-types.js';
import type { Role } from './proto/roles.js';

/** Who may do what over HTTP, for routes of other plugins. */
export interface ApiAccess {
  /** The role of the request's key; `undefined` without a key or with an unknown one. Compares in constant time. */
  check(request: IncomingMessage): Role | undefined;
  /**
   * Rejects with `ERR_UNAUTHORIZED` (401) or `ERR_FORBIDDEN` (403) unless the request's key has at least this role. Of an address with
   * many wrong keys not all are looked at.
   */
  demand(request: IncomingMessage, role: Role): Promise<void>;
  /**
   * Adds routes below `/api/v1`, before listening only. They need `read` for GET and `operate` for all else, or what their `config.role` says,
   * take zod schemas (`strictObject` for bodies and queries; a schema without them takes none) and appear in the OpenAPI document, where every answer
   * of 400 and more is `{ error: { code, message } }`.
   */
  register(routes: (app: ApiApp) => Promise<void> | void): void;
}

/** Token of the service. */
export const apiAccess: ServiceToken<ApiAccess, ConfigByName<'api', typeof apiConfig> & BroughtBy<readonly [typeof httpService]>> = service<ApiAccess>(
  'api',
  () => import('@sluice/plugin-api'),
);

export type { ApiApp } from './net/app-types.js';
export { type FailureCases, failures, idParams, noBody, pageBody, pageQuery, pathParams, time, withExamples } from './net/schemas.js';
export { type Page, pageOf } from './proto/page.js';
