/** How MANSCDP bodies to a peer are encoded. */
export type Charset = 'gb18030' | 'gbk' | 'utf-8';

/** A payload type offered in SDP. */
export interface OfferedPayload {
  readonly type: number;
  /** `NAME/CLOCK`. */
  readonly encoding: string;
}

/** All that differs between peers, as data: builders and parsers read it and never ask for a version. */
export interface PeerProfile {
  /** Value of X-GB-Ver towards the peer (GB/T 28181-2022 annex I). */
  readonly gbVer: string;
  readonly charset: Charset;
  /** What the XML prolog says; 2016 peers know no other name than GB2312. */
  readonly charsetLabel: string;
  /** 2016 spells it `IFameCmd`. */
  readonly keyFrameCommand: 'IFameCmd' | 'IFrameCmd';
  readonly payloads: readonly OfferedPayload[];
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
  keyFrameCommand: 'IFameCmd',
  payloads: PS,
  keepaliveRenews: false,
  laxAddress: false,
};

const BY_VERSION: Readonly<Record<string, PeerProfile>> = {
  '1.0': { ...EDITION_2016, gbVer: '1.0' },
  '1.1': { ...EDITION_2016, gbVer: '1.1' },
  '2.0': EDITION_2016,
  '3.0': { ...EDITION_2016, gbVer: '3.0', charset: 'gb18030', charsetLabel: 'GB18030', keyFrameCommand: 'IFrameCmd' },
};

const LABELS: Readonly<Record<Charset, string>> = { gb18030: 'GB18030', gbk: 'GB2312', 'utf-8': 'UTF-8' };

/** What the configuration may say about a device. */
export interface ProfileOverrides {
  readonly charset?: Charset | undefined;
  readonly keepaliveRenews?: boolean | undefined;
  readonly laxAddress?: boolean | undefined;
}

/** The profile for what a peer says in X-GB-Ver (missing or unknown: 2016), and what is configured for it. */
export function profileFor(gbVer: string | undefined, overrides: ProfileOverrides = {}): PeerProfile {
  const base = BY_VERSION[gbVer?.trim() ?? ''] ?? EDITION_2016;
  const charset = overrides.charset ?? base.charset;
  return {
    ...base,
    charset,
    charsetLabel: overrides.charset === undefined ? base.charsetLabel : LABELS[charset],
    keepaliveRenews: overrides.keepaliveRenews ?? base.keepaliveRenews,
    laxAddress: overrides.laxAddress ?? base.laxAddress,
  };
}
