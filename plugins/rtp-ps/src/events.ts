/** What is told of RTP that nobody asked for. */
export interface UnknownSsrcReport {
  /** Ten digits. */
  readonly ssrc: string;
  readonly remote: string;
  /** Packets since it was told of last. */
  readonly packets: number;
}

declare module '@sluice/core' {
  interface ReportEvents {
    'rtp-ps.unknown-ssrc': UnknownSsrcReport;
  }
}
