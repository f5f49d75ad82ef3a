import { AmplificationGuard } from '../src/proto/amplification-guard.js';
import { ClientTransaction } from '../src/proto/client-transaction.js';
import { ServerTransaction } from '../src/proto/server-transaction.js';

const timers = { t1Ms: 500, t2Ms: 4000, timeoutMs: 32_000 };

/** Runs a transaction's timers and notes what it does when. */
function run(transaction: { readonly dueMs: number | undefined; onTimer(nowMs: number): string }, untilMs = 100_000): string[] {
  const done: string[] = [];
  for (let due = transaction.dueMs; due !== undefined && due <= untilMs; due = transaction.dueMs) done.push(`${transaction.onTimer(due)} ${due}`);
  return done;
}

describe('client transaction', () => {
  const client = (invite: boolean, reliable = false) => new ClientTransaction({ invite, reliable, timers, nowMs: 0 });

  it('sends again at T1, doubled up to T2, and gives up at 64 T1', () => {
    const resends = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(run(client(false))).toEqual([...resends.map((ms) => `resend ${ms}`), 'timeout 32000']);
  });
  it('doubles without end for INVITE', () => {
    expect(run(client(true))).toEqual(['resend 500', 'resend 1500', 'resend 3500', 'resend 7500', 'resend 15500', 'resend 31500', 'timeout 32000']);
  });
  it('sends nothing twice over TCP', () => {
    expect(run(client(false, true))).toEqual(['timeout 32000']);
    expect(run(client(true, true))).toEqual(['timeout 32000']);
  });
  it('stops after the final response and absorbs repeats', () => {
    const transaction = client(false);
    expect(transaction.onResponse(100, 100)).toBe('provisional');
    expect(transaction.onResponse(200, 200)).toBe('final');
    expect(transaction.onResponse(200, 300)).toBe('ignore');
    expect(run(transaction)).toEqual(['end 5200']);
  });
  it('slows down after a provisional response', () => {
    const transaction = client(false);
    run(transaction, 1499);
    transaction.onResponse(100, 1499);
    expect(run(transaction, 10_000)).toEqual(['resend 1500', 'resend 5500', 'resend 9500']);
  });
  it('acknowledges repeats of the answer to INVITE', () => {
    const transaction = client(true);
    expect([100, 180, 200, 200, 486].map((status) => transaction.onResponse(status, 600))).toEqual([
      'provisional',
      'provisional',
      'final',
      'acknowledge',
      'acknowledge',
    ]);
    expect(run(transaction)).toEqual(['end 32600']);
  });
  it('sends nothing once abandoned, and still knows a late answer', () => {
    const transaction = client(true);
    transaction.abandon(400);
    expect(run(transaction, 5000)).toEqual([]);
    expect(transaction.onResponse(200, 6000)).toBe('final');
  });
});

describe('server transaction', () => {
  const server = (invite: boolean, reliable = false) => new ServerTransaction({ invite, reliable, timers });

  it('answers once', () => {
    const transaction = server(false);
    expect([100, 200, 200, 500].map((status) => transaction.onRespond(status, 10))).toEqual([true, true, false, false]);
    expect(run(transaction)).toEqual(['end 32010']);
  });
  it('repeats the answer to INVITE until the ACK', () => {
    const transaction = server(true);
    transaction.onRespond(486, 0);
    expect(run(transaction, 8000)).toEqual(['resend 500', 'resend 1500', 'resend 3500', 'resend 7500']);
    transaction.onAck();
    expect(run(transaction)).toEqual(['end 32000']);
  });
  it('repeats only a 2xx over TCP', () => {
    const [refused, accepted] = [server(true, true), server(true, true)];
    refused.onRespond(486, 0);
    accepted.onRespond(200, 0);
    expect(run(refused, 1000)).toEqual([]);
    expect(run(accepted, 1000)).toEqual(['resend 500']);
  });
});

describe('amplification guard', () => {
  it('gives strangers three times what came, and friends all', () => {
    const guard = new AmplificationGuard();
    guard.received('a', 100);
    expect([guard.allow('a', 200), guard.allow('a', 101), guard.allow('a', 100), guard.allow('a', 1), guard.allow('b', 1)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    guard.admit('a');
    expect(guard.allow('a', 1_000_000)).toBe(true);
  });
  it('remembers no more addresses than it may', () => {
    const guard = new AmplificationGuard(10);
    for (let index = 0; index < 100; index++) {
      guard.received(`stranger ${index}`, 1);
      guard.admit(`friend ${index}`);
    }
    expect(guard.size).toBeLessThanOrEqual(20);
  });
});
