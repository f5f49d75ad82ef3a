import { onBeforeUnmount, ref, shallowRef } from 'vue';

/** A track as the API tells it. */
export interface TrackFacts {
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'data';
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly profile?: string;
  readonly sampleRate?: number;
  readonly channels?: number;
}

/** A stream as the API tells it. */
export interface StreamFacts {
  readonly path: string;
  readonly state: 'waiting' | 'live' | 'lingering';
  readonly publisher: { readonly protocol: string; readonly remote?: string; readonly since: string } | null;
  readonly tracks: readonly TrackFacts[];
  readonly viewers: number;
  readonly bitrate: number;
  readonly gopMs: number;
}

/** A port that the server listens on. */
export interface ServerAddress {
  readonly plugin?: string;
  readonly name?: string;
  readonly port: number;
  readonly secure?: boolean;
}

/** How the API answered last. */
export type ApiState = 'no-key' | 'ok' | 'wrong-key' | 'away';

/** The folder that the page is in: everything of the server is relative to it. */
export const base = new URL('.', location.href);

const POLL_MS = 2000;
const MAX_PAGES = 20;
const KEY = 'sluice.key';

/** Takes the key from `#key=…` (and out of the address bar), else from the last visit. */
function initialKey(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (given === null) return localStorage.getItem(KEY) ?? '';
  localStorage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}

class StatusError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

async function get<T>(path: string, key: string): Promise<T> {
  const response = await fetch(new URL(`api/v1/${path}`, base), {
    headers: { authorization: `Bearer ${key}` },
    cache: 'no-store',
    signal: AbortSignal.timeout(8000),
  });
  if (!response.ok) throw new StatusError(response.status);
  return (await response.json()) as T;
}

async function allStreams(key: string): Promise<StreamFacts[]> {
  const streams: StreamFacts[] = [];
  let cursor = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await get<{ items: StreamFacts[]; next?: string }>(`streams?limit=100${cursor}`, key);
    streams.push(...answer.items);
    if (answer.next === undefined) break;
    cursor = `&cursor=${encodeURIComponent(answer.next)}`;
  }
  return streams.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Keeps the list of streams fresh for as long as the component lives. */
export function useApi() {
  const key = ref(initialKey());
  const state = ref<ApiState>('no-key');
  const streams = shallowRef<readonly StreamFacts[]>([]);
  const addresses = shallowRef<readonly ServerAddress[]>([]);
  let timer = 0;
  let turn = 0;

  async function poll(): Promise<void> {
    clearTimeout(timer);
    const own = ++turn;
    if (key.value === '') {
      state.value = 'no-key';
      streams.value = [];
      return;
    }
    if (!document.hidden || state.value !== 'ok') {
      try {
        const list = await allStreams(key.value);
        if (own !== turn) return;
        streams.value = list;
        if (addresses.value.length === 0 || state.value !== 'ok') {
          const server = await get<{ addresses?: ServerAddress[] }>('server', key.value);
          if (own !== turn) return;
          addresses.value = Array.isArray(server.addresses) ? server.addresses : [];
        }
        state.value = 'ok';
      } catch (error) {
        if (own !== turn) return;
        const refused = error instanceof StatusError && (error.status === 401 || error.status === 403);
        state.value = refused ? 'wrong-key' : 'away';
        if (refused) return;
      }
    }
    timer = window.setTimeout(() => void poll(), POLL_MS);
  }

  function setKey(value: string): void {
    key.value = value.trim();
    if (key.value === '') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, key.value);
    state.value = 'no-key';
    void poll();
  }

  const visible = (): void => {
    if (!document.hidden && state.value !== 'wrong-key') void poll();
  };
  document.addEventListener('visibilitychange', visible);
  onBeforeUnmount(() => {
    clearTimeout(timer);
    turn++;
    document.removeEventListener('visibilitychange', visible);
  });
  void poll();
  return { key, state, streams, addresses, setKey };
}
