import { DEFAULT_TIME_ZONE } from './local-time.js';

import type { QuirkSwitches } from './quirks.js';

/** How MANSCDP bodies to a peer are encoded. */
export type Charset = 'gb18030' | 'gbk' | 'utf-8';

/** A payload type offered in SDP. */
export interface OfferedPayload {
  readonly type: number;
  /** `NAME/CLOCK`. */
  readonly encoding: string;
}

/** How an INVITE names one of several streams of a channel: the standard's attribute of 2022, or a vendor's. */
export type StreamAttribute = 'streamnumber' | 'streamprofile' | 'stream' | 'streamMode';

/** All that differs between peers, as data: builders and parsers read it and never ask for a version. */
export interface PeerProfile {
  /** Value of X-GB-Ver towards the peer (GB/T 28181-2022 annex I). */
  readonly gbVer: string;
  readonly charset: Charset;
  /** What the XML prolog says; 2016 peers know no other name than GB2312. */
  readonly charsetLabel: string;
  /** IANA zone of the times it writes and is told. */
  readonly timeZone: string;
  /** 2016 spells it `IFameCmd`. */
  readonly keyFrameCommand: 'IFameCmd' | 'IFrameCmd';
  readonly payloads: readonly OfferedPayload[];
  readonly streamAttribute: StreamAttribute;
  /** First line of playback control: annex B of 2022 has RTSP, real devices of 2016 MANSRTSP. */
  readonly playbackVersion: 'MANSRTSP/1.0' | 'RTSP/1.0';
  /** `Type` of a record query. */
  readonly recordType: 'all' | 'time' | 'alarm' | 'manual';
  /** Longest period of one record query, in hours; longer ones are asked in pieces. Undefined: no limit. */
  readonly recordQueryHours: number | undefined;
  /** Where it shall send media when nobody says: a port of its own for devices that ignore the SSRC they were told. */
  readonly mediaPort: 'single' | 'range' | undefined;
  /** Alarms are answered by a Response as the standard wants. */
  readonly alarmResponse: boolean;
  /** What it called itself when it registered; empty where it did not. */
  readonly userAgent: string;
  /** Keepalives count as a refreshed registration (devices that never register again). */
  readonly keepaliveRenews: boolean;
  /** Keepalives may come from another address than the registration did. */
  readonly laxAddress: boolean;
}

const PS: readonly OfferedPayload[] = [{ type: 96, encoding: 'PS/90000' }];

const EDITION_2016: PeerProfile = {
  gbVer: '2.0',
  charset: 'gbk',
  charsetLabel: 'GB2312',
  timeZone: DEFAULT_TIME_ZONE,
  keyFrameCommand: 'IFameCmd',
  payloads: PS,
  streamAttribute: 'streamnumber',
  playbackVersion: 'MANSRTSP/1.0',
  // Recordings of every kind; some Dahua recorders answer nothing else.
  recordType: 'all',
  recordQueryHours: undefined,
  mediaPort: undefined,
  alarmResponse: true,
  userAgent: '',
  keepaliveRenews: false,
  laxAddress: false,
};

const BY_VERSION: Readonly<Record<string, PeerProfile>> = {
  '1.0': { ...EDITION_2016, gbVer: '1.0' },
  '1.1': { ...EDITION_2016, gbVer: '1.1' },
  '2.0': EDITION_2016,
  '3.0': { ...EDITION_2016, gbVer: '3.0', charset: 'gb18030', charsetLabel: 'GB18030', keyFrameCommand: 'IFrameCmd', playbackVersion: 'RTSP/1.0' },
};

const LABELS: Readonly<Record<Charset, string>> = { gb18030: 'GB18030', gbk: 'GB2312', 'utf-8': 'UTF-8' };

/** What the configuration may say about a device. */
export interface ProfileOverrides {
  readonly charset?: Charset | undefined;
  readonly timeZone?: string | undefined;
  readonly keepaliveRenews?: boolean | undefined;
  readonly laxAddress?: boolean | undefined;
  readonly userAgent?: string;
}

/** The profile for what a peer says in X-GB-Ver (missing or unknown: 2016), what is known of its make, and what is configured for it: later ones win. */
export function profileFor(gbVer: string | undefined, overrides: ProfileOverrides = {}, quirks: QuirkSwitches = {}): PeerProfile {
  const edition = BY_VERSION[gbVer?.trim() ?? ''] ?? EDITION_2016;
  const named = overrides.charset ?? quirks.charset;
  const base: PeerProfile = { ...edition, ...quirks };
  const charset = named ?? edition.charset;
  return {
    ...base,
    charset,
    charsetLabel: named === undefined ? edition.charsetLabel : LABELS[named],
    timeZone: overrides.timeZone ?? base.timeZone,
    keepaliveRenews: overrides.keepaliveRenews ?? base.keepaliveRenews,
    laxAddress: overrides.laxAddress ?? base.laxAddress,
    userAgent: overrides.userAgent ?? '',
  };
}
