import { mediaCases } from './media-cases.js';
import type { ConformanceCase, ProtocolUnderTest } from './protocol-under-test.js';
import { playerCases, publisherCases } from './session-cases.js';

/**
 * What every protocol has to stand, as cases for any test runner: `for (const { name, run } of protocolSuite(…)) it(name, run)`. Each case has an
 * engine of its own. What the protocol sends is played within the process, what it plays is published within the process, and where it does both,
 * it plays what it published.
 */
export function protocolSuite(protocol: ProtocolUnderTest): readonly ConformanceCase[] {
  const { publish, play } = protocol;
  return [
    ...(play === undefined ? [] : [...mediaCases(protocol, { source: 'process', player: 'protocol' }, 'play'), ...playerCases(protocol)]),
    ...(publish === undefined ? [] : [...mediaCases(protocol, { source: 'protocol', player: 'process' }, 'publish'), ...publisherCases(protocol)]),
    ...(publish === undefined || play === undefined ? [] : mediaCases(protocol, { source: 'protocol', player: 'protocol' }, 'publish and play')),
  ];
}
