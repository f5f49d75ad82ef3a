import type { Figure } from '@sluice/core';
import type { SipEndpoint, SipStats } from './service.js';

/** What is measured of the listeners, all together. */
export function sipFigures(endpoints: Iterable<Pick<SipEndpoint, 'stats'>>): Figure[] {
  const sum = (name: string, help: string, of: (stats: SipStats) => number): Figure => ({
    name,
    help,
    kind: 'gauge',
    read: () => [...endpoints].reduce((all, endpoint) => all + of(endpoint.stats()), 0),
  });
  return [
    sum('sluice_sip_dialogs', 'SIP dialogs that have not ended', ({ dialogs }) => dialogs),
    sum('sluice_sip_requests_sent', 'Requests of ours that wait for an answer, or for repeats of it', ({ sent }) => sent),
    sum('sluice_sip_requests_received', 'Requests of peers that are remembered for their repeats', ({ received }) => received),
  ];
}
