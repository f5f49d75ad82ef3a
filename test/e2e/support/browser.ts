import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { artifacts } from './paths.js';
import { findProgram } from './programs.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** What the player page says of itself (plugins/console, README). */
export interface PlayerState {
  readonly stream: string;
  readonly protocol: string;
  readonly status: string;
  readonly currentTime: number;
  readonly totalVideoFrames: number;
  readonly width: number;
  readonly height: number;
  readonly delaySeconds: number;
  readonly withoutAudio: boolean;
  readonly error: string | null;
}

/** A browser without a past. */
export interface Browser {
  readonly context: BrowserContext;
  /** A new page; what goes wrong in it is added to `mishaps`. */
  open(url: string, mishaps: string[], viewport?: { readonly width: number; readonly height: number }): Promise<Page>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'sluice-browser-'));
  const executablePath = findProgram('chromium') ?? '';
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: FLAGS, locale: 'en-GB' });
  return {
    context,
    open: async (url, mishaps, viewport = { width: 1280, height: 800 }) => {
      const page = await context.newPage();
      await page.setViewportSize(viewport);
      page.on('pageerror', (error) => mishaps.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') mishaps.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Resolves with the player's state once it matches. The page forbids eval, so it is asked from here. */
export async function playerBecomes(page: Page, matches: (state: PlayerState) => boolean, timeoutMs = 20_000): Promise<PlayerState> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const state = await page.evaluate<PlayerState | null>('window.sluicePlayer?.state() ?? null');
    if (state !== null && matches(state)) return state;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${matches}; the player is at ${JSON.stringify(state)}`);
    await page.waitForTimeout(100);
  }
}

/** Keeps a picture of the page for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artifacts(), `${name}.png`) });
}
