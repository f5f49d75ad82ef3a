import { z } from 'zod';

const ms = (value: number, text: string) => z.number().int().min(1).max(600_000).default(value).describe(`${text}, in milliseconds`);
const count = (value: number, text: string) => z.number().int().min(1).default(value).describe(text);

/** `sip.*`: timers and limits of every SIP listener. */
export const sipConfig = z
  .strictObject({
    t1Ms: ms(500, 'First retransmission over UDP (RFC 3261 timer T1)'),
    t2Ms: ms(4000, 'Longest time between retransmissions over UDP (T2)'),
    timeoutMs: ms(32_000, 'A request without a final response is given up after this (timers B and F)'),
    answerWithinMs: ms(10_000, 'A request nobody here answers is answered 500 after this'),
    tcpMessageMs: ms(10_000, 'A TCP connection is closed when a message takes longer than this'),
    maxUdpMessageBytes: count(65_536, 'Longest message over UDP'),
    maxTcpMessageBytes: count(1_048_576, 'Longest message over TCP'),
    maxHeaders: count(100, 'Most headers of a message'),
    maxHeaderBytes: count(8192, 'Longest header'),
    maxPendingPerPeer: count(64, 'Most unanswered requests of one peer; more are dropped'),
    maxTransactions: count(20_000, 'Most answered requests remembered for retransmissions; the oldest go first'),
    maxTransactionBytes: count(16 * 1024 * 1024, 'Most bytes of unanswered requests, and of answers kept for retransmissions; the oldest answers go first'),
    maxPendingRequests: count(10_000, 'Most requests of ours without an answer'),
    maxConnections: count(10_000, 'Most TCP connections of a listener'),
    maxUnadmittedPerAddress: count(64, 'Most TCP connections of one address without a verified device after a second'),
  })
  .prefault({});

/** The config as the plugin uses it. */
export type SipConfig = z.output<typeof sipConfig>;
