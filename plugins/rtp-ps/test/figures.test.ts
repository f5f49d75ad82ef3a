import { closeReason, figures } from '@sluice/core';
import { type Bench, freeRange, startBench } from './support.js';

const measured = ({ engine }: Bench) => Object.fromEntries(engine.extensions(figures).map(({ name, read }) => [name, read()]));

it('tells of leases, SSRCs and ports what is in use, and of none of them when all is over', async () => {
  const first = await freeRange(4);
  await using bench = await startBench({ portRange: `${first}-${first + 3}`, portReuseSeconds: 0 });
  const { service } = bench;
  const idle = { sluice_rtp_leases: 0, sluice_rtp_ssrcs: 0, sluice_rtp_ports_used: 0, sluice_rtp_ports_free: 2 };
  expect(measured(bench)).toMatchObject(idle);
  const open = (path: string, port?: 'range') =>
    service.open({ path, ssrc: service.allocateSsrc('34020000002000000001', 'live'), transport: 'udp', ...(port === undefined ? {} : { port }) });
  const receivers = [await open('gb/1'), await open('gb/2', 'range')];
  service.allocateSsrc('34020000002000000001', 'live');
  expect(measured(bench)).toMatchObject({ sluice_rtp_leases: 2, sluice_rtp_ssrcs: 3, sluice_rtp_ports_used: 1, sluice_rtp_ports_free: 1 });
  for (const receiver of receivers) await receiver.close(closeReason('kicked'));
  expect(measured(bench)).toMatchObject({ ...idle, sluice_rtp_ssrcs: 1 });
});
