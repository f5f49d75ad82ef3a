import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseTransport, serializeTransport, type TransportSpec } from '../src/proto/transport-header.js';

describe('Transport', () => {
  it('reads choices in order', () => {
    expect(parseTransport('RTP/AVP/TCP;unicast;interleaved=4-5;mode=record, RTP/AVP/UDP;unicast;client_port=5000-5001,RTP/AVP;multicast;port=7000')).toEqual([
      { profile: 'RTP/AVP/TCP', multicast: false, interleaved: [4, 5], mode: 'RECORD' },
      { profile: 'RTP/AVP', multicast: false, clientPort: [5000, 5001] },
      { profile: 'RTP/AVP', multicast: true, port: [7000, 7001] },
    ]);
  });

  it.each(['', ';;', 'x', 'RTP', ',,,', '\0'])('takes %j for nothing', (text) => {
    expect(parseTransport(text)).toEqual([]);
  });

  it('leaves out what cannot be read', () => {
    expect(parseTransport('RTP/AVP;client_port=a-b;ssrc=zzz;source=')).toEqual([{ profile: 'RTP/AVP', multicast: false }]);
    expect(parseTransport('RTP/AVP;ssrc= 5EA1')).toEqual([{ profile: 'RTP/AVP', multicast: false, ssrc: 0x5ea1 }]);
  });

  it('reads no more than some', () => {
    expect(parseTransport('RTP/AVP,'.repeat(10_000))).toHaveLength(16);
  });

  it('reads what was written', () => {
    const port = fc.nat(65_535);
    const spec: fc.Arbitrary<TransportSpec> = fc.record(
      {
        profile: fc.constantFrom('RTP/AVP', 'RTP/AVP/TCP', 'RTP/SAVP'),
        multicast: fc.boolean(),
        interleaved: fc.tuple(fc.nat(255), fc.nat(255)),
        clientPort: fc.tuple(port, port),
        serverPort: fc.tuple(port, port),
        ssrc: fc.nat(0xffffffff),
        mode: fc.constantFrom('PLAY', 'RECORD'),
      },
      { requiredKeys: ['profile', 'multicast'] },
    );
    fc.assert(
      fc.property(spec, (value) => expect(parseTransport(serializeTransport(value))).toEqual([value])),
      { seed: 3 },
    );
  });
});

const folder = join(process.cwd(), '../shared/cases/corpus/rtsp/header-transport');

(existsSync(folder) ? describe : describe.skip)('the corpus', () => {
  it.each([
    ['dahua_rtsp_server_ssrc_with_initial_spaces.txt', { profile: 'RTP/AVP/TCP', interleaved: [0, 1] }],
    ['empty_source.txt', { profile: 'RTP/AVP' }],
    ['invalid_ssrc.txt', { profile: 'RTP/AVP' }],
    ['tcp_play_request_response.txt', { profile: 'RTP/AVP/TCP', interleaved: [0, 1] }],
    ['udp_multicast_play_request_response.txt', { multicast: true }],
    ['udp_unicast_play_request.txt', { profile: 'RTP/AVP', clientPort: [3456, 3457] }],
  ])('reads %s', (name, expected) => {
    expect(parseTransport(readFileSync(join(folder, name), 'utf8').trim())).toMatchObject([expected]);
  });
});
