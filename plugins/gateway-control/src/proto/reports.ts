/** What is told to cc, by the names of `gateway-control.report`. */
export type ReportKind = 'gateWayStart' | 'streamStateChange' | 'blackSsrc' | 'flow';

/** How far a channel is. `pushFailed` is tried again; `timeout` is followed by `closed`. */
export type ChannelState = 'created' | 'receiving' | 'pushing' | 'timeout' | 'pushFailed' | 'closed';

/** Fields of `gbGateWayStart`. */
export interface GateWayStart {
  readonly version: string;
  readonly reason: 'start' | 'upgrade' | 'crash';
  readonly ip: string;
  /** 0 where there is none. */
  readonly sipPort: number;
  readonly rtpPort: number;
}

/** Fields of `gbStreamStateChange`. */
export interface StreamStateChange {
  readonly channelId: string;
  readonly streamId: string;
  readonly ssrc: string;
  readonly state: ChannelState;
  /** Empty where there is none to give. */
  readonly reason: string;
  /** `address:port` of the sender; empty before the first packet. */
  readonly remote: string;
}

/** Fields of `blackSsrcReport`. Counts are since the last report of this SSRC, times ISO 8601 UTC. */
export interface BlackSsrc {
  readonly ssrc: string;
  readonly transport: string;
  readonly remote: string;
  readonly port: number;
  readonly packets: number;
  readonly bytes: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** One stream of a `flowReport`: `bytes`, `packets` and `lost` since the last report, `totalBytes` of the channel. */
export interface FlowEntry {
  readonly channelId: string;
  readonly streamId: string;
  readonly ssrc: string;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly packets: number;
  readonly lost: number;
}

/** Fields of `flowReport`. */
export interface FlowReport {
  readonly from: string;
  readonly to: string;
  readonly streams: readonly FlowEntry[];
}

/** Fields of each report. */
export interface ReportFields {
  readonly gateWayStart: GateWayStart;
  readonly streamStateChange: StreamStateChange;
  readonly blackSsrc: BlackSsrc;
  readonly flow: FlowReport;
}
