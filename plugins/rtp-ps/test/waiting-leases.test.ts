import type { Lease } from '../src/net/lease.js';
import { type Waiting, WaitingLeases } from '../src/net/waiting-leases.js';
import type { Origin } from '../src/proto/unknown-ssrcs.js';

const HERE = '192.0.2.7';
const lease = (remoteHint: string | undefined, transport: 'udp' | 'tcp-passive' = 'udp') => ({ remoteHint, transport }) as Lease;
const waits = (of: Lease, sources?: Waiting['sources']): Waiting => ({ lease: of, openedMs: 0, sources, answeredMs: 0 });
const from = (address: string, remotePort = 6000, transport: Origin['transport'] = 'udp'): Origin => ({
  transport,
  remote: `${address}:${remotePort}`,
  address,
  remotePort,
  port: 10_000,
});

it('finds who waits for a sender by its signalling until the answer, and by what that says afterwards', () => {
  const leases = new WaitingLeases();
  const one = lease(HERE);
  leases.set(waits(one));
  leases.set(waits(lease(undefined)));
  expect(leases.of(from(HERE))).toBe(leases.get(one));
  expect(leases.of(from(HERE, 6000, 'tcp'))).toBeUndefined();
  leases.set(waits(one, [{ address: '192.0.2.8', port: 6000 }, { address: '192.0.2.9' }]));
  expect(leases.of(from(HERE))).toBeUndefined();
  expect(leases.of(from('192.0.2.8'))).toBe(leases.get(one));
  expect(leases.of(from('192.0.2.8', 6002))).toBeUndefined();
  expect(leases.of(from('192.0.2.9', 6002))).toBe(leases.get(one));
  leases.delete(one);
  leases.delete(one);
  expect(['192.0.2.8', '192.0.2.9'].map((address) => leases.of(from(address)))).toEqual([undefined, undefined]);
});

it('knows two at one address by the ports they named', () => {
  const leases = new WaitingLeases();
  const [first, second] = [lease(HERE), lease(HERE)];
  leases.set(waits(first));
  leases.set(waits(second));
  expect(leases.of(from(HERE))).toBe('several');
  leases.set(waits(first, [{ address: HERE, port: 6000 }]));
  expect(leases.of(from(HERE))).toBe(leases.get(first));
  expect(leases.of(from(HERE, 7000))).toBe(leases.get(second));
});

it('looks at none of those that wait for others', () => {
  const leases = new WaitingLeases();
  let looks = 0;
  for (let at = 0; at < 10_000; at++) {
    const other = { remoteHint: `10.0.${at >> 8}.${at & 255}` } as { remoteHint: string; transport: string };
    leases.set(waits(Object.defineProperty(other, 'transport', { get: () => void looks++ }) as Lease));
  }
  expect(leases.of(from(HERE))).toBeUndefined();
  expect(looks).toBe(0);
});
