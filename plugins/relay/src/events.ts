import type { RelayLinkInfo } from './service.js';

/** A pull or push came into another state. */
export interface LinkStateReport extends Pick<RelayLinkInfo, 'path' | 'url' | 'state' | 'attempt' | 'lastError'> {
  readonly id: string;
}

declare module '@sluice/core' {
  interface ReportEvents {
    'pull.state': LinkStateReport;
    'push.state': LinkStateReport;
  }
}

/** What the events `pull.state` and `push.state` say. */
export function linkStateReport({ id, path, url, state, attempt, lastError }: LinkStateReport): LinkStateReport {
  return { id, path, url, state, attempt, ...(lastError === undefined ? {} : { lastError }) };
}
