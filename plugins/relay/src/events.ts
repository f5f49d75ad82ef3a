import type { RelayPushState } from './service.js';

/** A push came into another state. */
export interface PushStateReport {
  readonly id: string;
  readonly path: string;
  /** Without its secrets. */
  readonly url: string;
  readonly state: RelayPushState;
  readonly attempt: number;
  readonly lastError?: { readonly code: string; readonly message: string };
}

declare module '@sluice/core' {
  interface ReportEvents {
    'push.state': PushStateReport;
  }
}
