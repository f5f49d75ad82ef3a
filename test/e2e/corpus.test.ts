import { COLLECTOR_ENV } from './support/collector.js';
import { type CorpusCase, corpus, corpusIndex, inParallel, packetsOf, rfc4571, type ThrowOptions, throwTcp, throwUdp } from './support/corpus.js';
import { describeWith, killAll } from './support/programs.js';
import { HANDSHAKE_ANSWER, handshake, message, publishing } from './support/rtmp-bytes.js';
import { type Server, startServer } from './support/server.js';
import { startWitness, type Witness, witnessFile } from './support/witness.js';

const AT_ONCE = 16;
/** So that what says nothing is closed soon. */
const IMPATIENT = [
  'rtmp.handshakeTimeoutSeconds=2',
  'rtmp.commandTimeoutSeconds=2',
  'sip.tcpMessageMs=2000',
  'rtp-ps.receiveTimeoutSeconds=2',
  'rtp-ps.unknownSsrc=adopt',
  'engine.lingerSeconds=1',
];

describeWith({ programs: ['ffmpeg'], files: [corpusIndex, witnessFile] }, "other projects' test inputs thrown at a server", () => {
  let server: Server;
  let witness: Witness;

  beforeAll(async () => {
    server = await startServer('all-in-one', IMPATIENT, undefined, { env: COLLECTOR_ENV });
    witness = await startWitness(server);
  }, 60_000);
  afterAll(async () => {
    witness?.close();
    await server.stop();
    await killAll();
  }, 30_000);
  afterEach(() => witness.check());

  /** Throws each case; answers those whose connection ended otherwise than `allowed`. */
  async function outcomes(inputs: readonly CorpusCase[], port: number, bytesOf: (input: CorpusCase, i: number) => Buffer, options: ThrowOptions = {}) {
    const ends: Record<string, string[]> = {};
    await inParallel([...inputs.entries()], inputs.length, async ([i, input]) => {
      const { end } = await throwTcp(port, bytesOf(input, i), options);
      ends[end] ??= [];
      ends[end].push(input.id);
    });
    return ends;
  }

  const rtmpInputs = corpus('rtmp');
  const afterHandshake = rtmpInputs.filter(({ kind }) => kind === 'rtmp-chunks' || kind === 'rtmp-message');
  const amf0 = rtmpInputs.filter(({ kind }) => kind === 'amf0');
  const toRtmp = { greetingBytes: HANDSHAKE_ANSWER };
  const endedBeforeUs = (ends: Record<string, string[]>): Record<string, string[]> => {
    const { answered: _answered, closed: _closed, ...others } = ends;
    return others;
  };

  it(`RTMP from byte 0: ${rtmpInputs.length} inputs are closed or answered`, async () => {
    const ends = await outcomes(rtmpInputs, server.ports.rtmp, ({ bytes }) => bytes, toRtmp);
    expect(endedBeforeUs(ends)).toEqual({});
  }, 120_000);

  it(`RTMP after a handshake: ${afterHandshake.length} inputs are closed or answered`, async () => {
    const ends = await outcomes(afterHandshake, server.ports.rtmp, ({ bytes }) => Buffer.concat([handshake, bytes]), toRtmp);
    expect(endedBeforeUs(ends)).toEqual({});
  }, 120_000);

  it.each([
    ['commands', 20],
    ['data messages', 18],
    ['AMF3 commands', 17],
  ])(
    'RTMP %s with each AMF0 body are closed or answered',
    async (_name, type) => {
      const ends = await outcomes(amf0, server.ports.rtmp, ({ bytes }) => Buffer.concat([handshake, message(type, bytes)]), toRtmp);
      expect(endedBeforeUs(ends)).toEqual({});
    },
    60_000,
  );

  it('RTMP from a publisher: chunks, messages and metadata', async () => {
    // What a publisher sends is not answered; its connection ends with it or with us.
    const publisher = (input: CorpusCase, i: number): Buffer => {
      const body = input.kind === 'amf0' ? message(18, input.bytes, 1) : input.bytes;
      return Buffer.concat([handshake, publishing('fuzz', `r${i}`), body]);
    };
    const ends = await outcomes([...afterHandshake, ...amf0], server.ports.rtmp, publisher, { greetingBytes: Number.POSITIVE_INFINITY, timeoutMs: 1500 });
    expect(ends.kept).toBeUndefined();
    expect(Object.values(ends).flat().length).toBe(afterHandshake.length + amf0.length);
  }, 120_000);

  const sip = corpus('sip');
  it(`SIP over UDP: ${sip.length} inputs`, async () => {
    await inParallel(sip, AT_ONCE, ({ bytes }) => throwUdp(server.ports.sip, [bytes]));
  }, 60_000);

  it(`SIP over TCP: ${sip.length} inputs are answered or closed, at the latest when we close`, async () => {
    const ends = await outcomes(sip, server.ports.sip, ({ bytes }) => bytes, { timeoutMs: 3000 });
    expect(ends.kept).toBeUndefined();
    // Only responses and ACKs, which nobody answers, may leave a connection standing.
    const text = (id: string): string | undefined => sip.find((input) => input.id === id)?.bytes.toString('latin1');
    const requests = (ends['closed when we did'] ?? []).filter((id) => !/^(SIP\/2\.0|ACK) /.test(text(id) ?? ''));
    expect(requests).toEqual([]);
  }, 120_000);

  const streams = [...corpus('rtp'), ...corpus('ps'), ...corpus('rtcp')];
  it(`RTP, RTCP and PS over UDP: ${streams.length} inputs`, async () => {
    await inParallel([...streams.entries()], AT_ONCE, ([i, input]) => throwUdp(server.ports.rtp, packetsOf(input, 1000 + i)));
  }, 60_000);

  it(`RTP and PS over TCP, framed and bare: ${streams.length} inputs are closed`, async () => {
    // What nobody expects is closed after ten seconds.
    for (const framed of [true, false]) {
      const bytesOf = (input: CorpusCase, i: number): Buffer => (framed ? Buffer.concat(packetsOf(input, 5000 + i).map(rfc4571)) : input.bytes);
      const ends = await outcomes(streams, server.ports.rtp, bytesOf, { timeoutMs: 12_000 });
      expect(endedBeforeUs(ends)).toEqual({});
    }
  }, 300_000);

  it('has its memory back', async () => {
    expect(await witness.grownBytes()).toBeLessThanOrEqual(witness.maxGrowthBytes);
  }, 60_000);
});
