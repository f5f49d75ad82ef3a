import { Buffer } from 'node:buffer';
import { parseMansrtsp } from '../../../../plugins/camera/src/proto/mansrtsp.js';
import { parseOffer } from '../../../../plugins/camera/src/proto/offer.js';
import { parsePlatformMessage } from '../../../../plugins/camera/src/proto/query.js';
import { readAlarm } from '../../../../plugins/gb28181/src/proto/alarm.js';
import { CatalogCollector, readCatalogPage } from '../../../../plugins/gb28181/src/proto/catalog.js';
import { askedExpiry } from '../../../../plugins/gb28181/src/proto/contact.js';
import { readDeviceStatus } from '../../../../plugins/gb28181/src/proto/device-status.js';
import { isGbId, isInvitable, nodeKind } from '../../../../plugins/gb28181/src/proto/ids.js';
import { parseLocalTime } from '../../../../plugins/gb28181/src/proto/local-time.js';
import { parseManscdp } from '../../../../plugins/gb28181/src/proto/manscdp.js';
import { mansrtspStatus } from '../../../../plugins/gb28181/src/proto/mansrtsp.js';
import { parsePtz, readMove, serializePtz } from '../../../../plugins/gb28181/src/proto/ptz.js';
import { fits } from '../../../../plugins/gb28181/src/proto/quirks.js';
import { RecordCollector, readRecordPage } from '../../../../plugins/gb28181/src/proto/records.js';
import { parseSdpAnswer } from '../../../../plugins/gb28181/src/proto/sdp-answer.js';
import { escapeXml, scanXml, unescapeXml } from '../../../../plugins/gb28181/src/proto/xml.js';
import { toldFormats } from '../../../../plugins/rtp-ps/src/proto/payload-formats.js';
import { type Target, textTarget, wholeTarget } from '../target.js';
import { only } from './tell.js';

const decoder = new TextDecoder('gb18030');
const body = (cmdType: string, inner: string, root = 'Response') =>
  `<?xml version="1.0" encoding="GB2312"?>\r\n<${root}>\r\n<CmdType>${cmdType}</CmdType><SN>7</SN><DeviceID>34020000001320000001</DeviceID>${inner}</${root}>`;
const item =
  '<Item><DeviceID>34020000001310000001</DeviceID><Name>Camera &amp; 1</Name><ParentID>34020000001320000001</ParentID><Status>ON</Status><Longitude>1.5</Longitude></Item>';
const record =
  '<Item><DeviceID>34020000001310000001</DeviceID><Name>a</Name><StartTime>2026-01-02T03:04:05</StartTime><EndTime>2026-01-02T04:04:05</EndTime><FileSize>10</FileSize></Item>';
const bodies = [
  body('Catalog', `<SumNum>2</SumNum><DeviceList Num="1">${item}</DeviceList>`),
  body('RecordInfo', `<SumNum>1</SumNum><RecordList Num="1">${record}</RecordList>`),
  body('DeviceStatus', '<Result>OK</Result><Online>ONLINE</Online><Status>OK</Status><Encode>ON</Encode><Alarmstatus Num="0"/>'),
  body(
    'Alarm',
    '<AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>2026-01-02T03:04:05</AlarmTime><Info><AlarmType>1</AlarmType></Info>',
    'Notify',
  ),
  body('DeviceControl', '<PTZCmd>A50F01021F0000D6</PTZCmd>', 'Control'),
];
const xmlWords = [
  '<',
  '>',
  '</',
  '/>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '&amp;',
  '&#x41;',
  '&#1114112;',
  '&a;',
  '<?xml ',
  '<Item>',
  '</Item>',
  '<DeviceID>',
  '<SumNum>',
  'encoding="GB18030"',
  Buffer.of(0x81, 0x30, 0x81, 0x30),
  Buffer.of(0xef, 0xbb, 0xbf),
];
const answer = [
  'v=0',
  'o=34020000001320000001 0 0 IN IP4 10.0.0.1',
  's=Play',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=video 15060 TCP/RTP/AVP 96',
  'a=setup:active',
  'a=rtpmap:96 PS/90000',
  'a=filesize:100',
  'y=0100000001',
  'f=v/2/4///a/1/8/1',
  '',
].join('\r\n');
const sdpWords = [
  'm=video ',
  'm=audio ',
  'c=IN IP4 ',
  'a=rtpmap:96 ',
  'a=setup:',
  'y=',
  'f=',
  'a=filesize:',
  'a=downloadspeed:',
  't=',
  'TCP/RTP/AVP',
  '\r',
  '\n',
];

export const gb28181Targets: readonly Target[] = [
  wholeTarget(
    'manscdp',
    { made: bodies },
    (input, tell) => {
      const { element, ...head } = parseManscdp(input, (bytes) => decoder.decode(bytes));
      tell('message', head, element);
      only(tell, () => new CatalogCollector(10).add(readCatalogPage(element)), 'catalog');
      only(tell, () => new RecordCollector(10).add(readRecordPage(element)), 'records');
      only(tell, () => readDeviceStatus(element), 'status');
      only(tell, () => readAlarm(element), 'alarm');
    },
    { words: xmlWords },
  ),
  textTarget(
    'xml',
    { made: [...bodies, '<a b="c>d"><e/>f&lt;<![CDATA[<g>]]></a>'] },
    (text, tell) => {
      tell('elements', scanXml(text));
      const plain = unescapeXml(text);
      if (unescapeXml(escapeXml(plain)) !== plain) throw new Error('a text is not the same, escaped and back');
    },
    { words: xmlWords },
  ),
  textTarget(
    'gb28181-sdp',
    { kinds: ['sdp'], made: [answer] },
    (text, tell) => {
      tell('answer', parseSdpAnswer(text));
      tell('offer', parseOffer(text));
      tell('formats', toldFormats({ sdp: text }));
    },
    { words: sdpWords },
  ),
  wholeTarget(
    'gb28181-camera',
    { made: [...bodies, 'PLAY RTSP/1.0\r\nCSeq: 2\r\nScale: 2.0\r\nRange: npt=10-\r\n\r\n', 'RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n'] },
    (input, tell) => {
      const text = input.toString('latin1');
      tell('message', parsePlatformMessage(input));
      tell('order', parseMansrtsp(text), mansrtspStatus(text));
    },
    { words: xmlWords },
  ),
  textTarget(
    'gb28181-values',
    { made: ['2026-01-02T03:04:05', '2026-01-02 03:04:05.250', 'A50F01021F0000D6', '34020000001320000001', '<sip:a@b>;expires=60', 'Hikvision*'] },
    (text, tell) => {
      tell('time', parseLocalTime(text));
      const bytes = parsePtz(text);
      if (bytes !== undefined) tell('move', readMove(bytes), serializePtz(bytes));
      tell('id', isGbId(text), isGbId(text) ? isInvitable(nodeKind(text)) : false);
      tell('expiry', askedExpiry(text, undefined, 60), askedExpiry(undefined, text, 60));
      const [pattern = ''] = text.split('|');
      tell('fits', fits(text, pattern));
    },
    { words: ['T', '-', ':', '.', 'expires=', '*', 'A50F01'] },
  ),
];
