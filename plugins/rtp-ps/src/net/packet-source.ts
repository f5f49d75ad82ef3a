/** A way packets come on that can be cut: a TCP connection. */
export interface PacketSource {
  /** `address:port` of the sender. */
  readonly remote: string;
  readonly address: string;
  readonly remotePort: number;
  /** Sends an RTCP packet back, framed as the sender frames. */
  sendControl(bytes: Buffer): void;
  cut(): void;
}

/** How RTCP goes back to senders of datagrams. */
export interface DatagramWays {
  /** From the port that RTP came to. */
  send(bytes: Buffer, address: string, port: number): void;
  /** From the port after it, where there is one. */
  sendControl(bytes: Buffer, address: string, port: number): void;
}
