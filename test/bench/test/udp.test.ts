import { dropsIn } from '../src/udp.js';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  352: 0100007F:2EE0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1178 2 00000000d3ac6bea 17
  354: 0100007F:2EE2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1179 2 00000000d3ac6beb 3
`;

it('adds up the last column', () => {
  expect(dropsIn(TABLE)).toBe(20);
  expect(dropsIn(TABLE.split('\n')[0] ?? '')).toBe(0);
});
