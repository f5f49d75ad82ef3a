import { sipFigures } from '../src/figures.js';
import type { SipMessage, SipTarget } from '../src/index.js';
import { answer, openFake, request, settle } from './support.js';

const device: SipTarget = { transport: 'udp', address: '198.51.100.7', port: 5060 };
const invite = { method: 'INVITE', uri: 'sip:34020000001320000001@3402000000', from: '34020000002000000001@3402000000', to: '34020000001320000001@3402000000' };

it('tells of dialogs and requests of all listeners together', async () => {
  const [one, other] = [await openFake(), await openFake()];
  const measured = () => Object.fromEntries(sipFigures([one.endpoint, other.endpoint]).map(({ name, read }) => [name, read()]));
  expect(measured()).toEqual({ sluice_sip_dialogs: 0, sluice_sip_requests_sent: 0, sluice_sip_requests_received: 0 });
  const dialogs = [one, other].map(({ endpoint }) => endpoint.invite(invite, device));
  one.receive(request('MESSAGE'));
  await settle();
  expect(measured()).toMatchObject({ sluice_sip_dialogs: 0, sluice_sip_requests_sent: 2, sluice_sip_requests_received: 1 });
  for (const fake of [one, other]) {
    const sent = fake.sent.find(({ message }) => message.kind === 'request' && message.method === 'INVITE')?.message as SipMessage;
    fake.receive(answer(sent, 200, 'Contact: <sip:34020000001320000001@198.51.100.7:5060>\r\n'));
  }
  const [dialog] = await Promise.all(dialogs);
  expect(measured()).toMatchObject({ sluice_sip_dialogs: 2 });
  dialog?.bye().catch(() => {});
  await settle();
  expect(measured()).toMatchObject({ sluice_sip_dialogs: 1 });
});
