import { ref } from 'vue';

const en = {
  streams: 'Streams',
  search: 'Filter streams',
  noStreams: 'No streams yet. Publish one, for example with ffmpeg to the RTMP address.',
  noMatch: 'No stream matches.',
  keyTitle: 'API key',
  keyHint: 'With the API key the page lists the streams and shows their figures. It stays in this browser.',
  keySave: 'Use key',
  keyForget: 'Forget key',
  keyWrong: 'The server does not accept this key.',
  serverAway: 'The server does not answer.',
  chooseStream: 'Choose a stream',
  chooseHint: 'Pick one from the list, or type its path.',
  pathLabel: 'Stream path',
  play: 'Play',
  pause: 'Pause',
  mute: 'Mute',
  unmute: 'Unmute',
  soundOff: 'Sound is off. Click to hear it',
  fullscreen: 'Full screen',
  connecting: 'Connecting…',
  buffering: 'Waiting for pictures…',
  paused: 'Paused',
  retryIn: 'Next try in {0} s',
  retryNow: 'Try now',
  errNotFound: 'There is no stream “{0}” at the moment.',
  errNotAllowed: 'The server does not allow playing this stream (it wants a token).',
  errNetwork: 'The connection was lost.',
  errEnded: 'The stream has ended.',
  errH265: 'This browser cannot play H.265. Chrome and Edge can with a hardware decoder, and Safari can.',
  errVideoCodec: 'This browser cannot play the video of this stream ({0}).',
  errNoMse: 'This browser has no Media Source Extensions, which the player needs.',
  errServer: 'The server answered with an error ({0}).',
  errMedia: 'The pictures could not be decoded: {0}',
  noteNoAudio: 'Playing without sound: a browser cannot play its audio codec ({0}).',
  video: 'Video',
  audio: 'Audio',
  size: 'Size',
  fps: 'Frames/s',
  bitrate: 'Bit rate',
  viewers: 'Viewers',
  delay: 'Buffer',
  delayTitle: 'Pictures received and not shown yet: the delay that this page adds',
  frames: 'Decoded',
  dropped: 'Dropped',
  gop: 'Key frame interval',
  source: 'Publisher',
  none: 'none',
  addresses: 'Addresses',
  page: 'Page',
  copy: 'Copy',
  copied: 'Copied',
  keys: 'Space: pause · M: mute · F: full screen',
  live: 'live',
  waiting: 'waiting',
  lingering: 'interrupted',
  language: '中文',
};

/** Every text of the page. */
export type TextKey = keyof typeof en;

const zh: Record<TextKey, string> = {
  streams: '流列表',
  search: '筛选流',
  noStreams: '还没有流。可以用 ffmpeg 推流到 RTMP 地址。',
  noMatch: '没有匹配的流。',
  keyTitle: 'API 密钥',
  keyHint: '输入 API 密钥后可查看流列表和统计数据。密钥只保存在本浏览器中。',
  keySave: '使用密钥',
  keyForget: '清除密钥',
  keyWrong: '服务器不接受此密钥。',
  serverAway: '服务器没有响应。',
  chooseStream: '选择一路流',
  chooseHint: '从列表中选择,或输入流路径。',
  pathLabel: '流路径',
  play: '播放',
  pause: '暂停',
  mute: '静音',
  unmute: '取消静音',
  soundOff: '当前静音,点击开启声音',
  fullscreen: '全屏',
  connecting: '正在连接…',
  buffering: '等待画面…',
  paused: '已暂停',
  retryIn: '{0} 秒后重试',
  retryNow: '立即重试',
  errNotFound: '流“{0}”目前不存在。',
  errNotAllowed: '服务器不允许播放此流(需要令牌)。',
  errNetwork: '连接已断开。',
  errEnded: '流已结束。',
  errH265: '此浏览器无法播放 H.265。请使用带硬件解码的 Chrome、Edge 或 Safari。',
  errVideoCodec: '此浏览器无法播放该流的视频({0})。',
  errNoMse: '此浏览器不支持播放所需的 Media Source Extensions。',
  errServer: '服务器返回错误({0})。',
  errMedia: '画面无法解码:{0}',
  noteNoAudio: '无声播放:浏览器不支持该音频编码({0})。',
  video: '视频',
  audio: '音频',
  size: '分辨率',
  fps: '帧率',
  bitrate: '码率',
  viewers: '观看人数',
  delay: '缓冲',
  delayTitle: '已接收但尚未显示的画面,即本页面增加的延迟',
  frames: '已解码',
  dropped: '已丢弃',
  gop: '关键帧间隔',
  source: '发布者',
  none: '无',
  addresses: '播放地址',
  page: '页面',
  copy: '复制',
  copied: '已复制',
  keys: '空格:暂停 · M:静音 · F:全屏',
  live: '直播中',
  waiting: '等待中',
  lingering: '已中断',
  language: 'English',
};

const stored = localStorage.getItem('sluice.language');
const preferred = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** The language shown. */
export const language = ref<'en' | 'zh'>(stored === 'en' || stored === 'zh' ? stored : preferred);

/** The text for a key, with `{0}` filled in. */
export function t(key: TextKey, value: string | number = ''): string {
  return (language.value === 'zh' ? zh : en)[key].replace('{0}', String(value));
}

/** Goes to the other language and keeps it. */
export function switchLanguage(): void {
  language.value = language.value === 'zh' ? 'en' : 'zh';
  localStorage.setItem('sluice.language', language.value);
}
