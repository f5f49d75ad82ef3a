import { mediaPlaces } from '../src/proto/media-sources.js';

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
