import { Buffer } from 'node:buffer';
import { PsFrames, TsFrames } from '@sluice/plugin-format-mpeg';
import {
  createRtpFrames,
  outOfBandParameters,
  parseRtcp,
  parseRtp,
  parseRtpFormat,
  ReceiverStatistics,
  ReorderWindow,
  Rfc4571Deframer,
  RtpDumpParser,
  type RtpFormat,
  serializeRtp,
  serializeRtpDumpHeader,
  serializeRtpDumpRecord,
  sniffRtpPayload,
  tryParseRtp,
} from '@sluice/plugin-format-rtp';
import { auHeaderLayout, parseAuHeaders } from '../../../../plugins/format-rtp/src/au-headers.js';
import { parseAudioMuxElement, parseStreamMuxConfig } from '../../../../plugins/format-rtp/src/latm.js';
import { SniffingInput } from '../../../../plugins/rtp-ps/src/map/sniffing-input.js';
import { type Seeds, type Target, textTarget, wholeTarget } from '../target.js';
import { only, tellCounts, tellFrame } from './tell.js';

const fixtures = 'plugins/format-rtp/test/fixtures';
const SSRC = 0x12345678;
const FRAME_HEAD_BYTES = 2;

/** RFC 4571. */
function framed(packet: Buffer): Buffer {
  return Buffer.concat([Buffer.of(packet.length >> 8, packet.length), packet]);
}

const packetOf = (payload: Buffer) => serializeRtp({ marker: true, payloadType: 96, sequence: 1, timestamp: 90_000, ssrc: SSRC, payload });
const wrapped = [
  { kind: 'rtp', wrap: framed },
  { kind: 'rtp-payload', wrap: (payload: Buffer) => framed(packetOf(payload)) },
];

/** A program or transport stream as packets, the marker on the last. */
function packetised(stream: Buffer, payloadBytes: number): Buffer {
  const packets: Buffer[] = [];
  for (let at = 0, sequence = 0; at < stream.length && sequence < 12; at += payloadBytes, sequence++) {
    const marker = sequence % 4 === 3;
    packets.push(
      framed(serializeRtp({ marker, payloadType: 96, sequence, timestamp: 3600 * sequence, ssrc: SSRC, payload: stream.subarray(at, at + payloadBytes) })),
    );
  }
  return Buffer.concat(packets);
}

const mpeg = (file: string) => `plugins/format-mpeg/test/fixtures/${file}`;

/** Packets as the corpus has them; one that says to be longer than what is left ends with it. */
function packetsOf(input: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at + FRAME_HEAD_BYTES < input.length; ) {
    const end = at + FRAME_HEAD_BYTES + input.readUInt16BE(at);
    packets.push(input.subarray(at + FRAME_HEAD_BYTES, end));
    at = end;
  }
  return packets;
}

/** Packets of any order become frames, as in a session: reordered, depacketised, built. */
function payloadTarget(name: string, formats: readonly RtpFormat[], files: readonly string[], more: Seeds = {}): Target {
  const seeds: Seeds = { kinds: ['rtp4571'], wrapped, files: files.map((file) => `${fixtures}/${file}`), ...more };
  return wholeTarget(`rtp-${name}`, seeds, (input, tell) => {
    const packets = packetsOf(input);
    for (const format of formats) {
      const frames = createRtpFrames(
        format,
        { frame: tellFrame(tell), unsupported: (codec) => tell('unsupported', codec) },
        { demuxers: { PS: PsFrames, MP2T: TsFrames } },
      );
      if (frames === undefined) throw new Error(`${format.encoding} is not known`);
      const window = new ReorderWindow({ packet: (packet) => frames.push(packet, 0), gap: () => frames.lost() }, { packets: 8 });
      packets.forEach((bytes, index) => {
        const packet = tryParseRtp(bytes);
        if (typeof packet !== 'string') window.push(packet, index);
      });
      window.flush();
      frames.finish();
      tellCounts(tell, frames.counts);
    }
  });
}

const format = parseRtpFormat;
const hbr = 'mode=AAC-hbr;config=1210;sizelength=13;indexlength=3;indexdeltalength=3';
const texts = [
  'H264/90000|packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==;profile-level-id=42C01E',
  'H265/90000|sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ;sprop-sps=QgEBAWAAAAMAkAAAAwAAAwA8oAoIDxZZWaSTK4A=;sprop-pps=RAHBc9CJ',
  `MPEG4-GENERIC/44100/2|streamtype=5;${hbr}`,
  'MP4A-LATM/44100/2|cpresent=0;config=400024203fc0',
  '97 opus/48000/2|sprop-stereo=1',
  'PCMA/8000|',
];

function dump(): Buffer {
  const header = serializeRtpDumpHeader({ startMs: 0, address: '127.0.0.1', port: 5000, transport: 'udp' });
  return Buffer.concat([header, serializeRtpDumpRecord({ offsetMs: 5, bytes: packetOf(Buffer.alloc(20)) })]);
}

const deframed: Target = {
  name: 'rtp-deframer',
  seeds: {
    kinds: ['rtp4571', 'rtsp-interleaved'],
    cases: ['gb28181/lal-hik-ps-10pkts.rtp4571'],
    files: [`${fixtures}/ff-pcma.rtp4571`],
    made: [framed(packetOf(Buffer.alloc(40, 7)))],
  },
  words: [Buffer.of(0x24, 0), Buffer.of(1, 0, 1), Buffer.of(0x12, 0x34, 0x56, 0x78), Buffer.of(0x80, 0x60)],
  cuts: 'end',
  copies: true,
  start(tell) {
    const deframer = new Rfc4571Deframer({ packet: (packet) => tell('packet', packet), resynced: (skipped) => tell('resynced', skipped) });
    deframer.expect(SSRC, 96);
    return { push: (piece) => deframer.push(piece) };
  },
};

/** A payload of which nothing was told. */
const sniffed = wholeTarget(
  'rtp-sniffed',
  {
    kinds: ['rtp4571'],
    wrapped,
    cases: ['gb28181/lal-hik-ps-10pkts.rtp4571'],
    files: [`${fixtures}/ff-h264.rtp4571`, 'plugins/format-mpeg/test/fixtures/lal-hik-ps-10pkts.rtp4571'],
  },
  (input, tell) => {
    const sink = { frame: tellFrame(tell), unsupported: () => {}, unreadable: () => tell('unreadable'), privatePayload: () => tell('private') };
    const sniffing = new SniffingInput(sink, (found) => createRtpFrames(found, sink, { demuxers: { PS: PsFrames, MP2T: TsFrames } }));
    for (const bytes of packetsOf(input)) {
      const packet = tryParseRtp(bytes);
      if (typeof packet !== 'string') sniffing.push(packet, 0);
    }
    sniffing.finish();
    tellCounts(tell, sniffing.counts);
    tell('seen', sniffing.announced, sniffing.recognised);
  },
);

export const rtpTargets: readonly Target[] = [
  sniffed,
  payloadTarget('h264', [format('H264/90000')], ['ff-h264.rtp4571', 'gst-h264.rtp4571'], { kinds: ['rtp4571', 'h264-nalu'] }),
  payloadTarget('h265', [format('H265/90000'), format('H265/90000', 'sprop-max-don-diff=2')], ['ff-h265.rtp4571', 'gst-h265.rtp4571'], {
    kinds: ['rtp4571', 'h265-nalu'],
  }),
  payloadTarget(
    'aac',
    [format('MPEG4-GENERIC/44100/2', hbr), format('MPEG4-GENERIC/8000', 'mode=AAC-lbr;config=1590')],
    ['ff-aac.rtp4571', 'ff-aac-fragments.rtp4571', 'gst-mp4g.rtp4571'],
    {
      wrapped: [...wrapped, { kind: 'aac/rtp', wrap: framed }],
    },
  ),
  payloadTarget(
    'latm',
    [format('MP4A-LATM/44100/2', 'cpresent=0;config=400024203fc0'), format('MP4A-LATM/44100/2', 'cpresent=1')],
    ['ff-latm.rtp4571', 'gst-mp4a.rtp4571'],
  ),
  payloadTarget('sound', [format('PCMA/8000'), format('PCMU/16000/2'), format('OPUS/48000/2')], ['ff-opus.rtp4571', 'ff-pcma.rtp4571']),
  payloadTarget('ps', [format('PS/90000')], [], {
    cases: ['gb28181/lal-hik-ps-10pkts.rtp4571', 'gb28181/srs-hik-heads.rtp4571'],
    files: ['plugins/format-mpeg/test/fixtures/lal-hik-ps-10pkts.rtp4571'],
    wrapped: [
      ...wrapped,
      { kind: 'mpeg-ps', wrap: (payload) => framed(packetOf(payload)) },
      { file: mpeg('avatar-head.av.gst'), wrap: (stream) => packetised(stream, 1300) },
      { file: mpeg('avatar-head.h265.vob'), wrap: (stream) => packetised(stream, 1300) },
    ],
  }),
  payloadTarget('ts', [format('MP2T/90000')], ['ff-pcma.rtp4571'], {
    wrapped: [
      ...wrapped,
      { kind: 'mpegts', wrap: (payload) => framed(packetOf(payload)) },
      { file: mpeg('avatar-head.av.gst.ts'), wrap: (stream) => packetised(stream, 1316) },
    ],
  }),
  deframed,
  wholeTarget('rtp-packet', { kinds: ['rtp'], made: [packetOf(Buffer.from('payload'))] }, (input, tell) => {
    const packet = parseRtp(input);
    tell('packet', packet, sniffRtpPayload(packet.payload));
    const { payload } = parseRtp(serializeRtp(packet));
    if (!payload.equals(packet.payload)) throw new Error('a packet is not the same, written and read again');
  }),
  wholeTarget('rtcp', { kinds: ['rtcp'], made: [Buffer.from('80c90001123456788 1ca000212345678010161000000'.replaceAll(' ', ''), 'hex')] }, (input, tell) => {
    const packets = parseRtcp(input);
    tell('packets', packets);
    const statistics = new ReceiverStatistics(90_000);
    for (const packet of packets) if (packet.type === 'sender-report') statistics.senderReport(packet.ntpTimestamp, 5);
    tell('report', statistics.report(SSRC, 10));
  }),
  {
    name: 'rtp-dump',
    seeds: { made: [dump()] },
    words: ['#!rtpplay1.0 ', '\n'],
    cuts: 'end',
    copies: true,
    start(tell) {
      const parser = new RtpDumpParser({ header: (header) => tell('header', header), record: (record) => tell('record', record) });
      return { push: (piece) => parser.push(piece) };
    },
  },
  textTarget(
    'rtp-format',
    { made: texts },
    (text, tell) => {
      const [rtpmap = '', ...fmtp] = text.split('|');
      const parsed = parseRtpFormat(rtpmap, fmtp.join('|'));
      tell('format', parsed);
      only(tell, () => outOfBandParameters(parsed), 'parameters');
      only(tell, () => createRtpFrames(parsed, { frame: () => {}, unsupported: () => {} })?.announced, 'frames');
    },
    {
      words: [
        'sprop-parameter-sets=',
        'sprop-vps=',
        'sprop-sps=',
        'sprop-pps=',
        'config=',
        'sizelength=',
        'constantsize=',
        'cpresent=',
        'H264/',
        'MP4A-LATM/',
        'mode=AAC-lbr',
      ],
    },
  ),
  wholeTarget('rtp-au-headers', { kinds: ['aac/rtp'], made: [Buffer.from('0010 0c80 2121'.replaceAll(' ', ''), 'hex')] }, (input, tell) => {
    const layouts = [
      hbr,
      'mode=AAC-lbr',
      'constantsize=10',
      'sizelength=32;indexlength=32;ctsdeltalength=32;dtsdeltalength=32;randomaccessindication=1;auxiliarydatasizelength=32',
    ];
    for (const fmtp of layouts) tell('headers', parseAuHeaders(input, auHeaderLayout(format('MPEG4-GENERIC/44100', fmtp))));
  }),
  wholeTarget(
    'latm',
    { kinds: ['aac-config'], made: [Buffer.from('400024203fc0', 'hex'), Buffer.from('8080123f0210', 'hex'), Buffer.from('200010111000fc', 'hex')] },
    (input, tell) => {
      only(tell, () => parseStreamMuxConfig(input), 'config');
      only(tell, () => parseAudioMuxElement(input, true), 'in band');
      only(tell, () => parseAudioMuxElement(input, false, parseStreamMuxConfig(Buffer.from('400024203fc0', 'hex'))), 'element');
    },
  ),
];
