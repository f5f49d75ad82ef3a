/** What is told of RTP that nobody asked for. */
export interface UnknownSsrcReport {
  /** Ten digits. */
  readonly ssrc: string;
  readonly transport: 'udp' | 'tcp';
  /** `address:port` of the sender. */
  readonly remote: string;
  /** Our port that it came to. */
  readonly port: number;
  /** Since it was told of last. */
  readonly packets: number;
  readonly bytes: number;
  /** First and last packet since then; ISO 8601 UTC. */
  readonly firstAt: string;
  readonly lastAt: string;
}

/** A device sends its vendor's own format, often encrypted, in place of what was asked for. */
export interface PrivatePayloadReport {
  readonly path: string;
  /** Ten digits. */
  readonly ssrc: string;
  readonly vendor: 'hikvision';
  readonly payloadType: number;
  readonly remote?: string;
}

declare module '@sluice/core' {
  interface ReportEvents {
    'rtp-ps.unknown-ssrc': UnknownSsrcReport;
    'rtp-ps.private-payload': PrivatePayloadReport;
  }
}
