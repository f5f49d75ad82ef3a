import mpegts from 'mpegts.js';
import { computed, onBeforeUnmount, type Ref, reactive, ref, watch } from 'vue';
import type { TrackFacts } from './api.js';
import { type ErrorInfo, type Failure, mpegtsFailure, playsH265, statusFailure } from './failure.js';
import { codecName } from './format.js';
import { type PlayProtocol, playUrl } from './urls.js';

/** What to play. */
export interface PlayTarget {
  readonly base: URL;
  readonly path: string;
  readonly protocol: PlayProtocol;
  readonly credentials: string;
}

/** `idle`: nothing chosen; `failed`: trying again would not help. */
export type PlayStatus = 'idle' | 'connecting' | 'playing' | 'paused' | 'retrying' | 'failed';

/** Figures of the player. */
export interface PlayFigures {
  fps: number;
  delaySeconds: number;
  decoded: number;
  dropped: number;
  bitrate: number;
  videoCodec: string;
  audioCodec: string;
  width: number;
  height: number;
}

const TICK_MS = 500;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;
/** Nothing to see for this long although data came: most likely the sound that was announced never comes. */
const NO_PICTURE_MS = 6000;
/** A picture that stands for this long is a dead connection. */
const STALL_MS = 10_000;
/** A paused player keeps its connection for this long. */
const PAUSE_MS = 20_000;
/** Sound that browsers play from FLV. */
const PLAYABLE_AUDIO = ['aac', 'mp3'];

mpegts.LoggingControl.enableAll = false;

function emptyFigures(): PlayFigures {
  return { fps: 0, delaySeconds: 0, decoded: 0, dropped: 0, bitrate: 0, videoCodec: '', audioCodec: '', width: 0, height: 0 };
}

/** Plays live streams in a video element: connects, follows the live edge, tries again with growing pauses, leaves out what cannot be played. */
export function usePlayer(video: Ref<HTMLVideoElement | null>, target: Ref<PlayTarget | undefined>, tracks: Ref<readonly TrackFacts[]>) {
  const status = ref<PlayStatus>('idle');
  const failure = ref<Failure>();
  const silent = ref<string>();
  const retryAt = ref(0);
  const now = ref(Date.now());
  const figures = reactive(emptyFigures());
  let player: mpegts.Player | undefined;
  let withoutAudio = false;
  let retryMs = FIRST_RETRY_MS;
  let timer = 0;
  let attempt = 0;
  let moved = { time: 0, frames: 0, at: 0 };
  let counted = { frames: 0, at: 0 };

  function drop(): void {
    const old = player;
    player = undefined;
    attempt++;
    clearTimeout(timer);
    if (old === undefined) return;
    // Errors of a player that is going away are nobody's business.
    try {
      old.pause();
      old.unload();
      old.detachMediaElement();
      old.destroy();
    } catch {}
  }

  function fail(next: Failure): void {
    drop();
    if (next.remedy === 'no-audio' && !withoutAudio) {
      withoutAudio = true;
      silent.value = next.value;
      connect();
      return;
    }
    failure.value = next;
    if (next.remedy === 'none') {
      status.value = 'failed';
      return;
    }
    status.value = 'retrying';
    retryAt.value = Date.now() + retryMs;
    timer = window.setTimeout(connect, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  }

  /** What a browser says of a WebSocket that did not open is nothing; the same address by HTTP has a status. */
  async function explain({ base, path, credentials }: PlayTarget, fallback: Failure): Promise<void> {
    drop();
    const own = attempt;
    const answer = await fetch(playUrl(base, path, 'http-flv', credentials), { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
    if (own !== attempt) return;
    const known = answer !== undefined && [401, 403, 404].includes(answer.status);
    fail(known ? statusFailure(answer.status, path) : fallback);
  }

  function obstacle(): Failure | undefined {
    if (!mpegts.isSupported()) return { text: 'errNoMse', value: '', remedy: 'none' };
    if (tracks.value.some(({ codec }) => codec === 'h265') && !playsH265()) return { text: 'errH265', value: '', remedy: 'none' };
    return undefined;
  }

  /** Audio only where it is there and playable; the page that knows nothing of the stream tries. */
  function wantsAudio(): boolean {
    if (withoutAudio) return false;
    if (tracks.value.length === 0) return true;
    const audio = tracks.value.find(({ kind }) => kind === 'audio');
    if (audio !== undefined && !PLAYABLE_AUDIO.includes(audio.codec)) silent.value = codecName(audio.codec);
    return audio !== undefined && PLAYABLE_AUDIO.includes(audio.codec);
  }

  function connect(): void {
    drop();
    const element = video.value;
    const wanted = target.value;
    if (element === null || wanted === undefined) {
      status.value = 'idle';
      return;
    }
    const blocked = obstacle();
    if (blocked !== undefined) {
      fail(blocked);
      return;
    }
    status.value = 'connecting';
    silent.value = withoutAudio ? silent.value : undefined;
    Object.assign(figures, emptyFigures());
    moved = { time: 0, frames: 0, at: Date.now() };
    counted = { frames: 0, at: performance.now() };
    open(element, wanted, wantsAudio());
  }

  function open(element: HTMLVideoElement, wanted: PlayTarget, hasAudio: boolean): void {
    const url = playUrl(wanted.base, wanted.path, wanted.protocol, wanted.credentials);
    const made = mpegts.createPlayer(
      // Without a word on audio mpegts.js believes the stream's header; with `true` it would wait for sound that never comes.
      hasAudio ? { type: 'flv', isLive: true, url } : { type: 'flv', isLive: true, url, hasAudio: false },
      {
        enableWorker: false,
        enableStashBuffer: false,
        lazyLoad: false,
        liveBufferLatencyChasing: true,
        liveBufferLatencyMaxLatency: 1.5,
        liveBufferLatencyMinRemain: 0.4,
        autoCleanupSourceBuffer: true,
        autoCleanupMaxBackwardDuration: 30,
        autoCleanupMinBackwardDuration: 10,
      },
    );
    player = made;
    const own = attempt;
    const over = (next: Failure): void => {
      if (own !== attempt) return;
      const unexplained = wanted.protocol === 'ws-flv' && status.value === 'connecting' && (next.text === 'errNetwork' || next.text === 'errEnded');
      if (unexplained) void explain(wanted, next);
      else fail(next);
    };
    made.on(mpegts.Events.ERROR, (type: string, detail: string, info: ErrorInfo) => over(mpegtsFailure(type, detail, info, wanted.path)));
    made.on(mpegts.Events.LOADING_COMPLETE, () => over({ text: 'errEnded', value: '', remedy: 'retry' }));
    made.on(mpegts.Events.MEDIA_INFO, (info: Record<string, unknown>) => {
      if (own !== attempt) return;
      figures.videoCodec = String(info.videoCodec ?? '');
      figures.audioCodec = String(info.audioCodec ?? '');
    });
    made.on(mpegts.Events.STATISTICS_INFO, (info: Record<string, unknown>) => {
      if (own === attempt) figures.bitrate = Number(info.speed ?? 0) * 8192;
    });
    made.attachMediaElement(element);
    made.load();
    void Promise.resolve(made.play()).catch(() => undefined);
  }

  function measure(element: HTMLVideoElement): void {
    const quality = element.getVideoPlaybackQuality();
    const at = performance.now();
    if (at - counted.at >= 1000) {
      figures.fps = ((quality.totalVideoFrames - counted.frames) * 1000) / (at - counted.at);
      counted = { frames: quality.totalVideoFrames, at };
    }
    figures.decoded = quality.totalVideoFrames;
    figures.dropped = quality.droppedVideoFrames;
    figures.width = element.videoWidth;
    figures.height = element.videoHeight;
    const { buffered } = element;
    figures.delaySeconds = buffered.length === 0 ? 0 : Math.max(0, buffered.end(buffered.length - 1) - element.currentTime);
  }

  function watchProgress(element: HTMLVideoElement): void {
    const frames = figures.decoded;
    if (document.hidden || element.paused || frames > moved.frames || element.currentTime > moved.time) {
      moved = { time: element.currentTime, frames, at: Date.now() };
    }
    if (status.value === 'connecting' && element.currentTime > 0 && element.readyState >= 3) {
      status.value = 'playing';
      failure.value = undefined;
      retryMs = FIRST_RETRY_MS;
    }
    const standing = Date.now() - moved.at;
    if (status.value === 'connecting' && standing > NO_PICTURE_MS && figures.bitrate > 0 && !withoutAudio) {
      fail({ text: 'noteNoAudio', value: '?', remedy: 'no-audio' });
    } else if (standing > STALL_MS) fail({ text: 'errNetwork', value: '', remedy: 'retry' });
  }

  const ticker = window.setInterval(() => {
    now.value = Date.now();
    const element = video.value;
    if (element === null || player === undefined) return;
    measure(element);
    if (status.value !== 'paused') watchProgress(element);
  }, TICK_MS);

  function pause(): void {
    if (player === undefined) return;
    video.value?.pause();
    status.value = 'paused';
    clearTimeout(timer);
    timer = window.setTimeout(drop, PAUSE_MS);
  }

  function play(): void {
    const element = video.value;
    if (status.value !== 'paused' || player === undefined || element === null) {
      again();
      return;
    }
    clearTimeout(timer);
    const { buffered } = element;
    if (buffered.length > 0) element.currentTime = Math.max(element.currentTime, buffered.end(buffered.length - 1) - 0.4);
    moved = { time: element.currentTime, frames: figures.decoded, at: Date.now() };
    status.value = 'playing';
    void element.play().catch(() => undefined);
  }

  function again(): void {
    retryMs = FIRST_RETRY_MS;
    connect();
  }

  watch(
    () => JSON.stringify(target.value),
    () => {
      withoutAudio = false;
      failure.value = undefined;
      silent.value = undefined;
      again();
    },
    { flush: 'post' },
  );
  // The list tells that the awaited stream has come: no need to sit out the pause.
  watch(tracks, (next, last) => {
    if (status.value === 'retrying' && next.length > 0 && last.length === 0) again();
    else if (status.value === 'connecting' && obstacle() !== undefined) connect();
  });
  onBeforeUnmount(() => {
    clearInterval(ticker);
    drop();
  });

  const retrySeconds = computed(() => Math.max(0, Math.ceil((retryAt.value - now.value) / 1000)));
  return { status, failure, silent, figures, retrySeconds, play, pause, again };
}
