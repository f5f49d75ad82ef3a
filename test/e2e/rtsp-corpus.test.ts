import { COLLECTOR_ENV } from './support/collector.js';
import { type CorpusCase, corpus, corpusIndex, inParallel, rfc4571Packets, throwTcp, throwUdp } from './support/corpus.js';
import { describeWith, killAll } from './support/programs.js';
import { interleaved, type RtspAnswer, rtspBytes } from './support/rtsp-bytes.js';
import { type Server, startServer } from './support/server.js';
import { startWitness, type Witness, witnessFile } from './support/witness.js';

const AT_ONCE = 16;
const TCP = 'RTP/AVP/TCP;unicast;interleaved=0-1';
/** Header that a value of the corpus goes into, by the last part of its kind. */
const HEADERS: Readonly<Record<string, string>> = { authenticate: 'WWW-Authenticate', keyval: 'Authorization', rtp_info: 'RTP-Info', transports: 'Transport' };

const headerOf = ({ kind }: CorpusCase): string => {
  const name = kind.split(':')[1] ?? '';
  return HEADERS[name] ?? name;
};
const sdp = (rtpmap: string, media = 'video'): string =>
  ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 't=0 0', `m=${media} 0 RTP/AVP 96`, `a=rtpmap:96 ${rtpmap}`, 'a=control:t', ''].join('\r\n');

/** What ANNOUNCE of a good description is answered: 415 where none of its media is of a codec that is known here, or all are encrypted. */
function statusOf(description: string): number {
  const media = description.split(/^m=/m).slice(1);
  if (media.length === 0) return 400;
  const isKnown = (text: string): boolean =>
    /^\S+ \S+ RTP\/AVP (0|8|33)\b/.test(text) || /^a=rtpmap:\d+ (H26[45]|MPEG4-GENERIC|MP4A-LATM|PCM[AU]|OPUS|MP2T)\b/im.test(text);
  return media.some((text) => /^\S+ \S+ RTP\/AVP\b/.test(text) && isKnown(text)) ? 200 : 415;
}

describeWith({ programs: ['ffmpeg'], files: [corpusIndex, witnessFile] }, "other projects' RTSP, SDP and RTP thrown at a server", () => {
  let server: Server;
  let witness: Witness;
  let url: string;

  beforeAll(async () => {
    server = await startServer('server', ['rtsp.requestTimeoutSeconds=2', 'engine.lingerSeconds=1', 'engine.streamWaitSeconds=1'], undefined, {
      env: COLLECTOR_ENV,
    });
    witness = await startWitness(server);
    url = server.url('rtsp', 'live/reference');
  }, 60_000);
  afterAll(async () => {
    witness?.close();
    await server.stop();
    await killAll();
  }, 30_000);
  afterEach(() => witness.check());

  const rtsp = corpus('rtsp');
  const raw = rtsp.filter(({ kind }) => !kind.startsWith('rtsp-header:'));
  const values = rtsp.filter(({ kind }) => kind.startsWith('rtsp-header:'));

  it(`${raw.length} inputs from byte 0, as headers, and as a length and a body: closed or answered`, async () => {
    const line = Buffer.from(`OPTIONS ${server.url('rtsp', 'live/reference')} RTSP/1.0\r\nCSeq: 1\r\n`);
    const shapes: ((bytes: Buffer) => Buffer)[] = [
      (bytes) => bytes,
      (bytes) => Buffer.concat([line, bytes, Buffer.from('\r\n\r\n')]),
      (bytes) => Buffer.concat([line, Buffer.from('Content-Length: '), bytes, Buffer.from('\r\n\r\n')]),
      (bytes) => Buffer.concat([line, Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]),
    ];
    const all = raw.flatMap(({ id, bytes }) => shapes.map((shape, i) => ({ id: `${id} ${i}`, bytes: shape(bytes) })));
    const left: string[] = [];
    await inParallel(all, all.length, async ({ id, bytes }) => {
      const { end } = await throwTcp(server.ports.rtsp, bytes, { timeoutMs: 8000 });
      if (end !== 'closed' && end !== 'answered') left.push(`${id}: ${end}`);
    });
    expect(left).toEqual([]);
  }, 60_000);

  it.each([
    ['tcp_play_request_response', 200],
    ['dahua_rtsp_server_ssrc_with_initial_spaces', 200],
    ['udp_unicast_play_request', 200],
    ['empty_source', 200],
    ['invalid_ssrc', 200],
    ['secure_tcp_play_request_response', 461],
    ['udp_multicast_play_request_response', 461],
  ])('Transport of %s is answered %i', async (name, status) => {
    const value = values.find(({ id }) => id.endsWith(`header-transport/${name}.txt`));
    const client = rtspBytes(server.ports.rtsp);
    expect((await client.ask('DESCRIBE', url))?.status).toBe(200);
    expect((await client.ask('SETUP', `${url}/trackID=0`, { Transport: value?.bytes.toString('latin1').trim() ?? '' }))?.status).toBe(status);
    client.close();
  });

  it.each(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'GET_PARAMETER'])(
    '%s is answered, whatever is in its headers',
    async (method) => {
      const silent: string[] = [];
      await inParallel(values, AT_ONCE, async (input) => {
        const client = rtspBytes(server.ports.rtsp);
        await client.ask('DESCRIBE', url);
        if (method === 'PLAY') await client.ask('SETUP', `${url}/trackID=0`, { Transport: TCP });
        const answer = await client.ask(method, method === 'SETUP' ? `${url}/trackID=0` : url, { [headerOf(input)]: input.bytes.toString('latin1').trim() });
        if (answer === undefined || !(answer.status >= 200)) silent.push(input.id);
        client.close();
      });
      expect(silent).toEqual([]);
    },
    60_000,
  );

  it('ANNOUNCE takes every description that is to be accepted, and answers all others', async () => {
    const refused: string[] = [];
    const silent: string[] = [];
    const all = corpus('sdp');
    await inParallel([...all.entries()], AT_ONCE, async ([i, { id, expect: expected, bytes }]) => {
      const client = rtspBytes(server.ports.rtsp);
      const answer = await client.ask('ANNOUNCE', server.url('rtsp', `sdp/s${i}`), { 'Content-Type': 'application/sdp' }, bytes);
      if (answer === undefined) silent.push(id);
      else if (expected === 'accept' && answer.status !== statusOf(bytes.toString('latin1'))) refused.push(`${id}: ${answer.status}`);
      client.close();
    });
    expect(silent).toEqual([]);
    expect(refused).toEqual([]);
  }, 60_000);

  const packets = [...corpus('rtp'), ...corpus('rtcp')].map(({ kind, bytes }) => (kind === 'rtp4571' ? rfc4571Packets(bytes) : [bytes]));
  // One is longer than a frame can be.
  const framed = packets.map((input) => input.filter(({ length }) => length < 65_536));
  it.each([
    ['H264/90000', 'video'],
    ['H265/90000', 'video'],
    ['MPEG4-GENERIC/44100/2', 'audio'],
    ['MP4A-LATM/44100', 'audio'],
    ['MP2T/90000', 'video'],
    ['PCMA/8000', 'audio'],
  ])(
    `a publisher of %s that sends ${packets.length} inputs as packets and reports is heard to the end`,
    async (rtpmap, media) => {
      const unheard: number[] = [];
      await inParallel([...framed.entries()], AT_ONCE, async ([i, input]) => {
        const client = rtspBytes(server.ports.rtsp);
        const uri = server.url('rtsp', `rtp/${media}-${rtpmap.split('/')[0]?.toLowerCase()}-${i}`);
        await client.ask('ANNOUNCE', uri, { 'Content-Type': 'application/sdp' }, sdp(rtpmap, media));
        const setUp = await client.ask('SETUP', `${uri}/t`, { Transport: `${TCP};mode=record` });
        const session = { Session: setUp?.headers.get('session')?.split(';')[0] ?? '' };
        expect((await client.ask('RECORD', uri, session))?.status).toBe(200);
        for (const packet of input) for (const channel of [0, 1, 9]) client.write(interleaved(channel, packet));
        if ((await client.ask('TEARDOWN', uri, session))?.status !== 200) unheard.push(i);
        client.close();
      });
      expect(unheard).toEqual([]);
    },
    60_000,
  );

  it('the UDP ports take all of it', async () => {
    const [, port] = server.program.output().match(/udp\/rtp +udp \S+:(\d+)/) ?? [];
    for (const to of [Number(port), Number(port) + 1]) await inParallel(packets, AT_ONCE, (input) => throwUdp(to, input));
  }, 60_000);

  it('requests in any order, of any session, are answered by a status that RTSP knows', async () => {
    const KNOWN = [200, 400, 403, 404, 454, 455, 459, 460, 461, 501];
    const METHODS = ['OPTIONS', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'RECORD', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER', 'REDIRECT', 'FETCH'];
    let seed = 1;
    const pick = <T>(all: readonly T[]): T => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return all[(seed >>> 8) % all.length] as T;
    };
    const strange: string[] = [];
    await inParallel(
      Array.from({ length: 100 }, (_, i) => i),
      AT_ONCE,
      async (i) => {
        const client = rtspBytes(server.ports.rtsp);
        const own = server.url('rtsp', `order/s${i}`);
        let session: string | undefined;
        const asked: string[] = [];
        for (let step = 1; step <= 40; step++) {
          const method = pick(METHODS);
          const uri = pick([url, `${url}/trackID=0`, `${url}/trackID=1`, own, `${own}/t`]);
          const sessionHeader = session === undefined ? {} : pick([{}, { Session: session }, { Session: session }, { Session: 'other' }]);
          const transport = method === 'SETUP' ? { Transport: pick([TCP, 'RTP/AVP/TCP;unicast;interleaved=2-3', 'RTP/AVP;unicast;client_port=9-10']) } : {};
          const [type, body] = method === 'ANNOUNCE' ? [{ 'Content-Type': 'application/sdp' }, sdp('H264/90000')] : [{}, ''];
          asked.push(`${method} ${uri}`);
          const answer: RtspAnswer | undefined = await client.ask(method, uri, { ...sessionHeader, ...transport, ...type }, body);
          // Who is refused again and again is told once more, of no request, and sent away.
          if (answer === undefined || (answer.status === 400 && !answer.headers.has('cseq'))) break;
          session = answer.headers.get('session')?.split(';')[0] ?? session;
          if (!KNOWN.includes(answer.status) || answer.headers.get('cseq') !== String(step)) strange.push(`${asked.join(', ')}: ${answer.status}`);
        }
        client.close();
      },
    );
    expect(strange).toEqual([]);
  }, 60_000);

  it('has its memory back', async () => {
    expect(await witness.grownBytes()).toBeLessThanOrEqual(witness.maxGrowthBytes);
  }, 60_000);
});
