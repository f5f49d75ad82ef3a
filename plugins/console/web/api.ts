import { ApiError, type components, createClient, unwrap } from '@sluice/plugin-api-client';
import { onBeforeUnmount, ref, shallowRef } from 'vue';
import type { ServerAddress } from './urls.js';

/** A track as the API tells it. */
export type TrackFacts = components['schemas']['Track'];

/** A stream as the API tells it. */
export type StreamFacts = components['schemas']['Stream'];

/** How the API answered last. */
export type ApiState = 'no-key' | 'ok' | 'wrong-key' | 'away';

/** The folder that the page is in: everything of the server is relative to it. */
export const base = new URL('.', location.href);

const POLL_MS = 2000;
const TIMEOUT_MS = 8000;
const MAX_STREAMS = 2000;
const KEY = 'sluice.key';

/** Takes the key from `#key=…` (and out of the address bar), else from the last visit. */
function initialKey(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (given === null) return localStorage.getItem(KEY) ?? '';
  localStorage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}

async function allStreams(key: string): Promise<StreamFacts[]> {
  const streams: StreamFacts[] = [];
  for await (const stream of createClient({ url: base, key }).list('/streams', { signal: AbortSignal.timeout(TIMEOUT_MS) })) {
    if (streams.push(stream) >= MAX_STREAMS) break;
  }
  return streams;
}

async function allAddresses(key: string): Promise<ServerAddress[]> {
  const { addresses } = await unwrap(createClient({ url: base, key }).GET('/server', { signal: AbortSignal.timeout(TIMEOUT_MS) }));
  return addresses;
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
          const known = await allAddresses(key.value);
          if (own !== turn) return;
          addresses.value = known;
        }
        state.value = 'ok';
      } catch (error) {
        if (own !== turn) return;
        const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
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
