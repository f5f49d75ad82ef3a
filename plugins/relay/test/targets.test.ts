import { createTargetCheck, isTargetRule } from '../src/proto/targets.js';

const byDefault = createTargetCheck(['public', 'private']);

describe('targets', () => {
  it.each(['8.8.8.8', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '2001:4860::8888', 'fd12::1', '::ffff:10.0.0.1'])(
    '%s may be named by default',
    (address) => {
      expect(byDefault(address)).toBe(true);
    },
  );

  it.each([
    '127.0.0.1',
    '127.8.9.10',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '::7f00:1',
    'fec0::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'host.example',
    '',
  ])('%s may not', (address) => {
    expect(byDefault(address)).toBe(false);
  });

  it('takes kinds, addresses and CIDRs', () => {
    const check = createTargetCheck(['loopback', '192.0.2.7', '10.0.0.0/8', 'fd00:ec2::254/128', '64:ff9b::/96']);
    for (const address of ['127.0.0.1', '::1', '192.0.2.7', '10.9.9.9', 'fd00:ec2::254', '64:ff9b::1', '::ffff:10.0.0.1'])
      expect([address, check(address)]).toEqual([address, true]);
    for (const address of ['192.0.2.8', '8.8.8.8', '192.168.1.1', 'fe80::1']) expect([address, check(address)]).toEqual([address, false]);
    expect(['public', 'link-local', '10.0.0.0/8', '::1'].every(isTargetRule)).toBe(true);
    expect(['Public', 'all', '10.0.0.0/99', ''].some(isTargetRule)).toBe(false);
  });
});
