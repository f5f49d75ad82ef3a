import { type CalledDialog, header, type IncomingRequest, type SipMessage, tagOf } from '../src/index.js';
import { answer, openFake, request, settle } from './support.js';

const PEER = '198.51.100.7:5060';
const statusOf = (message: SipMessage | undefined) => (message?.kind === 'response' ? message.status : undefined);

/** An endpoint that accepts what comes, and its newest dialog. */
async function openAccepting(onInfo?: (incoming: IncomingRequest) => void) {
  let dialog: CalledDialog | undefined;
  const accept = {
    sentBy: '192.0.2.1:5060',
    user: '34020000001320000001',
    body: Buffer.from('v=0\r\n'),
    headers: [['content-type', 'application/sdp']] as const,
  };
  const fake = await openFake({
    onRequest: (incoming) => {
      incoming.admit();
      if (incoming.request.method === 'INVITE') dialog = incoming.accept({ ...accept, ...(onInfo === undefined ? {} : { onInfo }) });
      else incoming.respond(200);
    },
  });
  fake.receive(request('INVITE', { extra: 'Contact: <sip:34020000002000000001@10.9.9.9:5060>\r\nRecord-Route: <sip:a;lr>, <sip:b;lr>\r\n' }));
  const accepted = fake.last()?.message as SipMessage;
  return { ...fake, dialog: dialog as unknown as CalledDialog, accepted, toTag: tagOf(header(accepted, 'to') ?? '') };
}

/** A request of the peer inside the dialog. */
const inside = (method: string, toTag: string | undefined, cseq: number, branch = `z9hG4bK${cseq}${method}`) =>
  request(method, { cseq, branch, to: `<sip:34020000002000000001@3402000000>;tag=${toTag}` });

describe('an INVITE that is accepted', () => {
  it('is answered with our Contact and SDP, again and again until the ACK', async () => {
    const { accepted, sent, clock, receive, dialog, toTag } = await openAccepting();
    expect(statusOf(accepted)).toBe(200);
    expect(header(accepted, 'contact')).toBe('<sip:34020000001320000001@192.0.2.1:5060>');
    expect(accepted.body.toString()).toBe('v=0\r\n');
    clock.advance(1600);
    expect(sent.map(({ message }) => statusOf(message))).toEqual([200, 200, 200]);
    receive(inside('ACK', toTag, 20));
    expect(await dialog.confirmed).toBe(true);
    clock.advance(60_000);
    expect(sent).toHaveLength(3);
  });

  it('makes a dialog with the sides the right way round', async () => {
    const { dialog, receive, endpoint, toTag, last, sent } = await openAccepting();
    receive(inside('ACK', toTag, 20));
    const saying = dialog.request('MESSAGE', { body: Buffer.from('<x/>') });
    const { message, to } = last() ?? {};
    expect(to).toBe(PEER);
    expect(message).toMatchObject({ kind: 'request', method: 'MESSAGE', uri: 'sip:34020000002000000001@198.51.100.7:5060' });
    const value = (name: string) => header(message as SipMessage, name);
    expect([tagOf(value('from') ?? ''), tagOf(value('to') ?? ''), value('call-id'), value('cseq')]).toEqual([toTag, '793155581', '1217812750', '1 MESSAGE']);
    expect(message?.headers.filter(([name]) => name === 'route').map(([, route]) => route)).toEqual(['<sip:a;lr>', '<sip:b;lr>']);
    receive(answer(message as SipMessage, 200));
    expect((await saying).status).toBe(200);
    const bye = dialog.bye();
    expect(last()?.message).toMatchObject({ method: 'BYE' });
    receive(answer(last()?.message as SipMessage, 200));
    expect(await bye).toBe('answered');
    expect(await dialog.ended).toBe('local');
    receive(inside('BYE', toTag, 21));
    expect(statusOf(sent.at(-1)?.message)).toBe(481);
    await endpoint.close();
  });

  it('ends with the BYE of the peer', async () => {
    const { dialog, receive, toTag, last } = await openAccepting();
    receive(inside('ACK', toTag, 20));
    receive(inside('BYE', toTag, 21));
    expect(statusOf(last()?.message)).toBe(200);
    expect(await dialog.ended).toBe('remote');
    await expect(dialog.request('INFO')).rejects.toMatchObject({ code: 'ERR_SIP_DIALOG_ENDED' });
    expect(await dialog.bye()).toBe('answered');
  });

  it('gets INFO of its dialog alone', async () => {
    const infos: IncomingRequest[] = [];
    const { receive, toTag, last } = await openAccepting((incoming) => {
      infos.push(incoming);
      incoming.respond(200, { headers: [['x-seen', 'yes']] });
    });
    receive(inside('INFO', toTag, 21));
    expect(header(last()?.message as SipMessage, 'x-seen')).toBe('yes');
    receive(inside('INFO', 'other', 22));
    expect([statusOf(last()?.message), infos.length]).toEqual([481, 1]);
  });

  it('is ended by us where the ACK never comes', async () => {
    const { dialog, clock, last } = await openAccepting();
    clock.advance(33_000);
    expect(await dialog.confirmed).toBe(false);
    expect(last()?.message).toMatchObject({ kind: 'request', method: 'BYE' });
    expect(await dialog.ended).toBe('local');
  });

  it('cannot be accepted after its CANCEL, nor anything else', async () => {
    const waiting: IncomingRequest[] = [];
    const fake = await openFake({ onRequest: (incoming) => void waiting.push(incoming) });
    fake.receive(request('INVITE'));
    fake.receive(request('CANCEL'));
    fake.receive(request('MESSAGE', { branch: 'z9hG4bK2', callId: '2' }));
    const accept = () => waiting.shift()?.accept({ sentBy: '192.0.2.1:5060', user: 'x' });
    expect(accept).toThrow(expect.objectContaining({ code: 'ERR_SIP_CANCELLED' }));
    expect(accept).toThrow(expect.objectContaining({ code: 'ERR_SIP_MALFORMED' }));
    await settle();
  });
});
