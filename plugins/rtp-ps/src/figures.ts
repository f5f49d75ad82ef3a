import type { Figure } from '@sluice/core';
import type { LocalRtpPs } from './net/rtp-ps-service.js';

/** What is measured of the service. */
export function rtpPsFigures(rtpPs: Pick<LocalRtpPs, 'usage'>): Figure[] {
  const gauge = (name: string, help: string, read: Figure['read']): Figure => ({ name, help, kind: 'gauge', read });
  return [
    gauge('sluice_rtp_leases', 'Streams that RTP is received or awaited for', () => rtpPs.usage().leases),
    gauge('sluice_rtp_ssrcs', 'SSRCs given out', () => rtpPs.usage().ssrcs),
    gauge('sluice_rtp_ports_used', 'Ports of rtp-ps.portRange in use', () => rtpPs.usage().ports),
    gauge('sluice_rtp_ports_free', 'Ports of rtp-ps.portRange that are free or rest', () => rtpPs.usage().portsFree),
  ];
}
