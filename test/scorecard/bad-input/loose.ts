/** For inputs that reach the parsers behind the doors: RTP nobody asked for is published, and what strangers leave is gone soon. */
export const LOOSE = [
  'rtp-ps.unknownSsrc=adopt',
  'rtp-ps.receiveTimeoutSeconds=2',
  'engine.lingerSeconds=1',
  'relay.allow=[public, private, loopback]',
] as const;
