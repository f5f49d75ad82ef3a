import { connectAddress, mediaPlaces } from '../src/proto/media-sources.js';

const OURS = { address: '198.51.100.1', port: 10_000 };
const DEVICE = '203.0.113.9';

describe('where a device sends from', () => {
  it.each([
    ['its own address', { host: DEVICE, port: 6000 }, [{ address: DEVICE, port: 6000 }]],
    ['another, public one', { host: '203.0.113.77', port: 6000 }, [{ address: '203.0.113.77', port: 6000 }]],
    ['a private one', { host: '192.168.1.2', port: 6000 }, [{ address: '192.168.1.2', port: 6000 }, { address: DEVICE }]],
    ['a private one of IPv6', { host: 'fd00::2', port: 6000 }, [{ address: 'fd00::2', port: 6000 }, { address: DEVICE }]],
    ['no port', { host: DEVICE, port: 0 }, [{ address: DEVICE }]],
    ['nothing', {}, [{ address: DEVICE }]],
    ['a name', { host: 'camera.local', port: 6000 }, [{ address: DEVICE }]],
    ['a copy of our offer', { host: OURS.address, port: OURS.port }, [{ address: DEVICE }]],
  ])('%s', (_name, answer, places) => {
    expect(mediaPlaces({ payloadTypes: [], rtpmap: new Map(), ...answer }, DEVICE, OURS)).toEqual(places);
  });
});

describe('where a device is connected to', () => {
  const to = (host: string | undefined, signalling = DEVICE) =>
    connectAddress({ payloadTypes: [], rtpmap: new Map(), ...(host === undefined ? {} : { host }) }, signalling);

  it('is what it answers, or where its signalling comes from', () => {
    expect([to('192.168.1.2'), to('203.0.113.77'), to('fd00::2'), to(undefined), to('camera.local')]).toEqual([
      '192.168.1.2',
      '203.0.113.77',
      'fd00::2',
      DEVICE,
      DEVICE,
    ]);
    expect(to('127.0.0.1', '127.0.0.1')).toBe('127.0.0.1');
  });

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    '0:0:0:0:0:0:0:1',
    'fe80::1',
    'ff02::1',
    '224.0.0.1',
    '255.255.255.255',
  ])('is never %s of somebody else', (host) => expect(to(host)).toBe(DEVICE));
});
