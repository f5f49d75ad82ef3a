import { header, type InviteOptions, type SipDialog, type SipMessage, type SipTarget, tagOf } from '../src/index.js';
import { answer, openFake, settle } from './support.js';

const device: SipTarget = { transport: 'udp', address: '198.51.100.7', port: 5060 };
const toCamera = { uri: 'sip:34020000001320000001@3402000000', from: '34020000002000000001@3402000000', to: '34020000001320000001@3402000000' };
const invite = { ...toCamera, method: 'INVITE', headers: [['Content-Type', 'application/sdp']] as const, body: Buffer.from('v=0\r\n') };

type Fake = Awaited<ReturnType<typeof openFake>>;
const message = (fake: Fake, index: number) => fake.sent.at(index)?.message as SipMessage;
const methods = (fake: Fake) => fake.sent.map(({ message: sent }) => (sent.kind === 'request' ? sent.method : sent.status));

describe('a request of ours', () => {
  it('is written as cameras expect it', async () => {
    const fake = await openFake();
    void fake.endpoint.send(
      { ...toCamera, method: 'MESSAGE', headers: [['Content-Type', 'Application/MANSCDP+xml']], body: Buffer.from([0x3c, 0xd5, 0xe3]) },
      device,
    );
    await settle();
    const text = fake.sent[0]?.bytes.toString('latin1') ?? '';
    expect(text.replace(/(tag=|z9hG4bK|Call-ID: )[0-9a-f]{16}/g, '$1ID')).toBe(
      'MESSAGE sip:34020000001320000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKID\r\n' +
        'From: <sip:34020000002000000001@3402000000>;tag=ID\r\nTo: <sip:34020000001320000001@3402000000>\r\nCall-ID: ID\r\nCSeq: 1 MESSAGE\r\n' +
        'Contact: <sip:34020000002000000001@192.0.2.1:5060>\r\nMax-Forwards: 70\r\nUser-Agent: Sluice\r\nContent-Type: Application/MANSCDP+xml\r\n' +
        'Content-Length: 3\r\n\r\n<Õã',
    );
  });

  it('is sent again until it is answered', async () => {
    const fake = await openFake();
    const promise = fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, device);
    await settle();
    fake.clock.advance(1500);
    expect(fake.sent).toHaveLength(3);
    expect(fake.sent[2]?.bytes.equals(fake.sent[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    fake.receive(answer(message(fake, 0), 404));
    expect(await promise).toMatchObject({ kind: 'response', status: 404 });
    fake.clock.advance(60_000);
    expect(fake.sent).toHaveLength(3);
  });

  it('is matched by Call-ID and CSeq where the branch was lost', async () => {
    const fake = await openFake();
    const promise = fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, device);
    await settle();
    fake.receive(answer(message(fake, 0), 200).replace(/;branch=[^\r;]*/, ''));
    expect(await promise).toMatchObject({ status: 200 });
  });

  it('is given up after 32 s', async () => {
    const fake = await openFake();
    const promise = fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, device);
    const failed = expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 });
    await settle();
    fake.clock.advance(32_000);
    await failed;
  });

  it('is not answered by what was meant for another', async () => {
    const fake = await openFake();
    let answered = false;
    void fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, device).then(() => {
      answered = true;
    });
    await settle();
    const right = answer(message(fake, 0), 200);
    fake.receive(right.replace(/z9hG4bK\w+/, 'z9hG4bKother').replace(/Call-ID: \w+/, 'Call-ID: other'));
    fake.receive(right.replace('Via:', 'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx\r\nVia:'));
    await settle();
    expect(answered).toBe(false);
  });

  it('fails at once over a TCP connection that is not there or goes away', async () => {
    const fake = await openFake();
    await expect(fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, { ...device, transport: 'tcp' })).rejects.toMatchObject({
      code: 'ERR_SIP_UNREACHABLE',
    });
    const tcp = fake.connect();
    const promise = fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, { ...device, transport: 'tcp', connection: 'sip-1' });
    const failed = expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_UNREACHABLE' });
    await settle();
    expect(tcp.messages()).toHaveLength(1);
    fake.clock.advance(5000);
    expect(tcp.messages()).toHaveLength(1);
    tcp.socket.destroy();
    await failed;
  });

  it('tells peers what is advertised', async () => {
    const addressOf = async (advertise: string) => (await openFake({ advertise })).endpoint.localAddressFor(device);
    expect(await addressOf('gb.example.org')).toBe('gb.example.org:5060');
    expect(await addressOf('203.0.113.9:15060')).toBe('203.0.113.9:15060');
  });

  it('fails when the endpoint closes, and no timer is left', async () => {
    const fake = await openFake();
    const promise = fake.endpoint.send({ ...toCamera, method: 'MESSAGE' }, device);
    const failed = expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_UNREACHABLE' });
    await settle();
    await fake.endpoint.close();
    await failed;
    expect(fake.clock.pending).toBe(0);
  });
});

describe('INVITE', () => {
  const contact = 'Contact: <sip:channel7@10.77.37.137:5060>\r\n';
  const start = async (options: InviteOptions = {}) => {
    const fake = await openFake();
    const promise = fake.endpoint.invite(invite, device, options);
    promise.catch(() => undefined);
    await settle();
    return { fake, promise };
  };
  const call = async (): Promise<{ fake: Fake; dialog: SipDialog }> => {
    const { fake, promise } = await start();
    fake.receive(answer(message(fake, 0), 100));
    fake.receive(answer(message(fake, 0), 200, contact, 'v=0'), '198.51.100.7:5061');
    return { fake, dialog: await promise };
  };
  const bye = (dialog: SipDialog, tag = dialog.localTag) =>
    `BYE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKbye\r\nFrom: <sip:a@b>;tag=${dialog.remoteTag}\r\nTo: <sip:c@d>;tag=${tag}\r\nCall-ID: ${dialog.callId}\r\nCSeq: 1 BYE\r\n\r\n`;

  it('makes a dialog, acknowledged as often as its 2xx comes', async () => {
    const { fake, dialog } = await call();
    expect(methods(fake)).toEqual(['INVITE', 'ACK']);
    expect(dialog.answer.body.toString()).toBe('v=0');
    const ack = message(fake, 1);
    // To where the 2xx came from, with the user of its Contact.
    expect(fake.sent[1]?.to).toBe('198.51.100.7:5061');
    expect(ack).toMatchObject({ uri: 'sip:channel7@198.51.100.7:5061' });
    expect(header(ack, 'cseq')).toBe(header(message(fake, 0), 'cseq')?.replace('INVITE', 'ACK'));
    expect(header(ack, 'via')).not.toBe(header(message(fake, 0), 'via'));
    expect(tagOf(header(ack, 'to') ?? '')).toBe('dev1');
    fake.receive(answer(message(fake, 0), 200, contact), '198.51.100.7:5061');
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 'ACK']);
  });

  it('sends requests inside the dialog, and BYE once', async () => {
    const { fake, dialog } = await call();
    const info = dialog.request('INFO', { headers: [['Content-Type', 'Application/MANSRTSP']], body: Buffer.from('PAUSE') });
    fake.receive(answer(message(fake, -1), 200));
    expect(await info).toMatchObject({ status: 200 });
    const ended = Promise.all([dialog.bye(), dialog.bye()]);
    fake.receive(answer(message(fake, -1), 200));
    await ended;
    expect(await dialog.ended).toBe('local');
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 'INFO', 'BYE']);
    const numbers = fake.sent.map(({ message: sent }) => Number.parseInt(header(sent, 'cseq') ?? '', 10));
    expect(numbers).toEqual([1, 1, 2, 3]);
    await expect(dialog.request('INFO')).rejects.toMatchObject({ code: 'ERR_SIP_DIALOG_ENDED' });
  });

  it('is ended by the peer, which is answered 200, and 481 when it knows the wrong tag or comes again', async () => {
    const { fake, dialog } = await call();
    fake.receive(bye(dialog, 'wrong').replace('z9hG4bKbye', 'z9hG4bKother'));
    fake.receive(bye(dialog));
    expect(await dialog.ended).toBe('remote');
    await dialog.bye();
    fake.receive(bye(dialog).replace('z9hG4bKbye', 'z9hG4bKagain'));
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 481, 200, 481]);
  });

  it('gives up on a BYE without an answer, and never rejects', async () => {
    const { fake, dialog } = await call();
    const ended = dialog.bye();
    fake.clock.advance(32_000);
    await expect(ended).resolves.toBe('lost');
    expect(await dialog.ended).toBe('local');
    // Timer E: after 500 ms, 1, 2 and then every 4 s.
    expect(methods(fake).filter((method) => method === 'BYE')).toHaveLength(11);
  });

  it.each([
    [200, ''],
    [481, ''],
  ])('takes a BYE answered %d after it was lost on the way as answered', async (status) => {
    const { fake, dialog } = await call();
    const ended = dialog.bye();
    fake.clock.advance(3500);
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 'BYE', 'BYE', 'BYE', 'BYE']);
    fake.receive(answer(message(fake, -1), status));
    await expect(ended).resolves.toBe('answered');
    fake.clock.advance(60_000);
    expect(methods(fake)).toHaveLength(6);
  });

  it('tells of the dialog before the ACK leaves', async () => {
    const seen: (string | number)[][] = [];
    const { fake, promise } = await start({ onDialog: () => seen.push(methods(fake)) });
    fake.receive(answer(message(fake, 0), 200, contact));
    fake.receive(answer(message(fake, 0), 200, contact));
    await promise;
    expect(seen).toEqual([['INVITE']]);
  });

  it('asks where the peer is before each request in the dialog', async () => {
    const where = { ...device };
    const { fake, promise } = await start({ peer: () => where });
    fake.receive(answer(message(fake, 0), 200, contact));
    const dialog = await promise;
    where.port = 40_000;
    void dialog.bye();
    expect(fake.sent.map(({ to }) => to)).toEqual(['198.51.100.7:5060', '198.51.100.7:5060', '198.51.100.7:40000']);
    expect(dialog.save().peer.port).toBe(40_000);
  });

  it('goes on in another process: BYE of either side, with tags, routes and a CSeq that grew', async () => {
    const { fake, promise } = await start();
    fake.receive(answer(message(fake, 0), 200, `${contact}Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n`));
    const saved = JSON.parse(JSON.stringify((await promise).save()));
    const later = await openFake();
    const again = later.endpoint.restoreDialog(saved);
    expect(again).toMatchObject({ callId: saved.callId, remoteTag: 'dev1' });
    const ended = again.bye();
    const sent = message(later, 0);
    expect(sent).toMatchObject({ method: 'BYE', uri: 'sip:channel7@198.51.100.7:5060' });
    for (const name of ['call-id', 'from']) expect(header(sent, name)).toBe(header(message(fake, 0), name));
    expect(header(sent, 'to')).toBe(header(message(fake, 1), 'to'));
    expect(Number.parseInt(header(sent, 'cseq') ?? '', 10)).toBeGreaterThan(saved.cseq);
    expect(sent.headers.filter(([name]) => name === 'route').map(([, value]) => value)).toEqual(['<sip:p2;lr>', '<sip:p1;lr>']);
    later.receive(answer(sent, 200));
    await expect(ended).resolves.toBe('answered');
    const third = await openFake();
    const ofPeer = third.endpoint.restoreDialog(saved);
    third.receive(bye(ofPeer));
    await expect(ofPeer.ended).resolves.toBe('remote');
    await expect(ofPeer.bye()).resolves.toBe('answered');
    expect(methods(third)).toEqual([200]);
  });

  it('ends the dialog when the peer knows nothing of it', async () => {
    const { fake, dialog } = await call();
    const info = dialog.request('INFO');
    fake.receive(answer(message(fake, -1), 481));
    expect(await info).toMatchObject({ status: 481 });
    expect(await dialog.ended).toBe('remote');
  });

  it('that is refused is acknowledged on the same branch, as often as the refusal comes', async () => {
    const { fake, promise } = await start();
    const busy = answer(message(fake, 0), 486);
    fake.receive(busy);
    fake.receive(busy);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_REJECTED', status: 486, message: expect.stringContaining('486') });
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 'ACK']);
    expect(header(message(fake, 1), 'via')).toBe(header(message(fake, 0), 'via'));
    expect(tagOf(header(message(fake, 1), 'to') ?? '')).toBe('dev1');
  });

  it('that is aborted after a provisional response is cancelled', async () => {
    const abort = new AbortController();
    const { fake, promise } = await start({ signal: abort.signal });
    fake.receive(answer(message(fake, 0), 100));
    abort.abort();
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_CANCELLED' });
    expect(methods(fake)).toEqual(['INVITE', 'CANCEL']);
    expect(header(message(fake, 1), 'via')).toBe(header(message(fake, 0), 'via'));
    fake.receive(answer(message(fake, 1), 200));
    fake.receive(answer(message(fake, 0), 487));
    expect(methods(fake)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('that is aborted before is cancelled once there is a provisional response', async () => {
    const abort = new AbortController();
    const { fake } = await start({ signal: abort.signal });
    abort.abort();
    fake.clock.advance(5000);
    expect(methods(fake)).toEqual(['INVITE']);
    fake.receive(answer(message(fake, 0), 100));
    expect(methods(fake)).toEqual(['INVITE', 'CANCEL']);
  });

  it('that was given up is acknowledged and ended when its 2xx comes late', async () => {
    const { fake, promise } = await start({ timeoutMs: 10_000 });
    fake.receive(answer(message(fake, 0), 100));
    fake.clock.advance(10_000);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    fake.receive(answer(message(fake, 0), 200, contact));
    expect(methods(fake)).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(message(fake, 3)).toMatchObject({ uri: 'sip:channel7@198.51.100.7:5060' });
  });

  it('that was cancelled is ended when a 2xx comes after the 487', async () => {
    const { fake, promise } = await start({ timeoutMs: 10_000 });
    fake.receive(answer(message(fake, 0), 100));
    fake.clock.advance(10_000);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    fake.receive(answer(message(fake, 0), 487));
    fake.receive(answer(message(fake, 0), 200, contact));
    fake.receive(answer(message(fake, 0), 200, contact));
    expect(methods(fake)).toEqual(['INVITE', 'CANCEL', 'ACK', 'ACK', 'BYE', 'ACK']);
  });

  it('that nobody answers is given up, and forgotten', async () => {
    const { fake, promise } = await start();
    fake.clock.advance(32_000);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    fake.clock.advance(60_000);
    // The sweep of the server side.
    expect(fake.clock.pending).toBe(1);
  });

  it('of which 10,000 are refused, silent, late or accepted and ended leave nothing behind', async () => {
    const fake = await openFake();
    const ends = { refused: 0, silent: 0, late: 0, accepted: 0 };
    for (let round = 0; round < 100; round++) {
      fake.sent.length = 0;
      const calls = Array.from({ length: 100 }, () => fake.endpoint.invite(invite, device, { timeoutMs: 10_000 }));
      const settled = Promise.allSettled(calls.map(async (call) => (await call).bye()));
      await settle();
      const invites = fake.sent.map(({ message: sent }) => sent);
      for (const [index, sent] of invites.entries()) {
        if (index % 4 === 0) fake.receive(answer(sent, 486));
        if (index % 4 === 1) fake.receive(answer(sent, 200, contact));
        if (index % 4 === 2) fake.receive(answer(sent, 100));
      }
      await settle();
      fake.clock.advance(10_000);
      await settle();
      for (const [index, sent] of invites.entries()) if (index % 4 === 2) fake.receive(answer(sent, 200, contact));
      for (const { message: sent } of [...fake.sent]) if (sent.kind === 'request' && ['BYE', 'CANCEL'].includes(sent.method)) fake.receive(answer(sent, 200));
      for (const [index, result] of (await settled).entries()) {
        const kind = (['refused', 'accepted', 'late', 'silent'] as const)[index % 4] ?? 'silent';
        if ((result.status === 'fulfilled') === (kind === 'accepted')) ends[kind]++;
      }
    }
    expect(ends).toEqual({ refused: 2500, silent: 2500, late: 2500, accepted: 2500 });
    fake.clock.advance(120_000);
    await settle();
    expect(fake.endpoint.stats()).toEqual({ dialogs: 0, sent: 0, received: 0 });
    // The sweep of the server side.
    expect(fake.clock.pending).toBe(1);
  }, 60_000);

  it("of an earlier process, accepted now: the 2xx is acknowledged and ended, a stranger's is not", async () => {
    const { fake } = await start();
    const accepted = answer(message(fake, 0), 200, `${contact}Record-Route: <sip:p1;lr>\r\n`);
    const later = await openFake();
    later.receive(accepted);
    await settle();
    expect(later.sent).toEqual([]);
    later.endpoint.admit(device);
    later.receive(answer(message(fake, 0), 486));
    later.receive(accepted);
    later.receive(accepted);
    await settle();
    later.receive(accepted);
    expect(methods(later)).toEqual(['ACK', 'BYE', 'ACK']);
    const [ack, bye] = [message(later, 0), message(later, 1)];
    for (const sent of [ack, bye]) {
      expect(sent).toMatchObject({ uri: 'sip:channel7@198.51.100.7:5060' });
      for (const name of ['call-id', 'from']) expect(header(sent, name)).toBe(header(message(fake, 0), name));
      expect(tagOf(header(sent, 'to') ?? '')).toBe('dev1');
      expect(header(sent, 'route')).toBe('<sip:p1;lr>');
    }
    expect(header(ack, 'cseq')).toBe(header(message(fake, 0), 'cseq')?.replace('INVITE', 'ACK'));
    later.receive(answer(bye, 200));
    await settle();
    expect(later.endpoint.stats().dialogs).toBe(0);
  });

  it('is not sent when it was aborted before', async () => {
    const { fake, promise } = await start({ signal: AbortSignal.abort() });
    await expect(promise).rejects.toMatchObject({ code: 'ERR_SIP_CANCELLED' });
    expect(fake.sent).toEqual([]);
  });

  it('answers INFO of the peer in the dialog and refuses a re-INVITE', async () => {
    const { fake, dialog } = await call();
    fake.receive(bye(dialog).replaceAll('BYE', 'INFO').replace('z9hG4bKbye', 'z9hG4bK8'));
    fake.receive(bye(dialog).replaceAll('BYE', 'INVITE').replace('z9hG4bKbye', 'z9hG4bK9'));
    expect(methods(fake)).toEqual(['INVITE', 'ACK', 200, 488]);
  });
});
