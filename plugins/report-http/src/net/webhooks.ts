import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventCounter, eventMemory, messageOf, type PluginContext, type ReportEvent, redactText, SluiceError } from '@sluice/core';
import type { ReportHttpConfig } from '../config.js';
import { hookUnknown } from '../errors.js';
import { isExpendable, laneOf } from '../proto/lane.js';
import { MIN_SECRET_BYTES, parseSecret, SECRET_PREFIX } from '../proto/secret.js';
import type { DeadLetter, Letter } from './letter.js';
import { Receiver, type ReceiverInfo } from './receiver.js';
import { Spool } from './spool.js';
import { Store } from './store.js';

/** How long a stop waits for receivers to take the last events. What they do not take is sent after the next start. */
const FAREWELL_MS = 2000;

/** Receivers, and the events on their way to them. */
export class Webhooks {
  readonly #store: Store;
  readonly #receivers: ReadonlyMap<string, Receiver>;
  #batch: Letter[] = [];
  #counters = new Map<string, number>();
  #writing = false;

  private constructor(ctx: PluginContext, config: ReportHttpConfig, store: Store) {
    this.#store = store;
    this.#receivers = createReceivers(ctx, config, store);
    for (const letter of store.waiting()) {
      const receiver = this.#receivers.get(letter.hook);
      if (receiver === undefined) store.bury(letter, 'its receiver is not configured any more');
      else receiver.push(letter);
    }
    if (this.#receivers.size === 0) return;
    // Counting goes on after a restart, so that a receiver sees what it has not got.
    ctx.extend(eventMemory, (counter) => this.#counters.get(counter) ?? store.lastSeq(counter));
    ctx.hooks.report((event) => this.#report(event));
  }

  /** Opens the spool and goes on with what is in it. */
  static async open(ctx: PluginContext, config: ReportHttpConfig): Promise<Webhooks> {
    const file = join(ctx.engine.dataDir, 'report-http.sqlite');
    // Without receivers there is nothing to keep, but maybe something from before.
    const wanted = config.hooks.length > 0 || existsSync(file);
    const opening = wanted ? Spool.open(file, ctx.clock.wallMs(), (text) => ctx.warn(text)) : undefined;
    const spool = await opening?.catch((error: unknown) => {
      ctx.warn(`webhooks are kept in memory only, ${file} cannot be opened: ${messageOf(error)}`);
      return undefined;
    });
    return new Webhooks(ctx, config, new Store(ctx, spool, config.maxDeadLetters));
  }

  infos(): ReceiverInfo[] {
    return [...this.#receivers.values()].map((receiver) => receiver.info());
  }

  deadLetters(afterRow: number, limit: number): DeadLetter[] {
    return this.#store.deadLetters(afterRow, limit);
  }

  /** Sends it again, as if it were new. Throws `ERR_DEAD_LETTER_UNKNOWN` (404), `ERR_HOOK_UNKNOWN` (409). */
  retry(id: string): void {
    const letter = this.#store.deadLetter(id);
    const receiver = this.#receivers.get(letter.hook);
    if (receiver === undefined) throw hookUnknown();
    receiver.push(this.#store.revive(letter));
  }

  /** Throws `ERR_DEAD_LETTER_UNKNOWN` (404). */
  deleteDeadLetter(id: string): void {
    this.#store.deleteDead(this.#store.deadLetter(id));
  }

  /** What is under way has a little time; the rest is on disk. */
  async close(): Promise<void> {
    this.#write();
    await Promise.all([...this.#receivers.values()].map((receiver) => receiver.close(FAREWELL_MS)));
    this.#store.close();
  }

  #report(event: ReportEvent): void {
    let body: string | undefined;
    for (const receiver of this.#receivers.values()) {
      if (!receiver.wants(event.type)) continue;
      body ??= redactText(JSON.stringify(event));
      this.#batch.push({
        hook: receiver.id,
        id: event.id,
        type: event.type,
        lane: laneOf(event),
        atMs: Date.parse(event.timestamp),
        bytes: body.length,
        expendable: isExpendable(event),
        failures: 0,
        row: undefined,
        body,
      });
    }
    this.#counters.set(eventCounter(event.type, event.data), event.seq);
    // On disk before anybody can do anything upon it, and what happens at once is one transaction: a stream that ends with a thousand viewers.
    if (this.#writing) return;
    this.#writing = true;
    queueMicrotask(() => this.#write());
  }

  #write(): void {
    this.#writing = false;
    const [batch, counters] = [this.#batch, this.#counters];
    if (counters.size === 0) return;
    this.#batch = [];
    this.#counters = new Map();
    this.#store.add(batch, counters);
    for (const letter of batch) this.#receivers.get(letter.hook)?.push(letter);
  }
}

function createReceivers(ctx: PluginContext, config: ReportHttpConfig, store: Store): Map<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  for (const hook of config.hooks) {
    // The URL may have secrets in it. It is the same receiver as long as it has the same URL.
    const key = createHash('sha256').update(hook.url).digest('hex').slice(0, 16);
    let id = key;
    for (let n = 2; receivers.has(id); n++) id = `${key}-${n}`;
    receivers.set(id, new Receiver({ ctx, config, hook, id, secret: secretOf(ctx, hook.secret), store }));
  }
  return receivers;
}

function secretOf(ctx: PluginContext, configured: string | undefined): Buffer {
  const kept = configured === undefined ? ctx.secret('webhook-secret', () => SECRET_PREFIX + randomBytes(32).toString('base64')) : undefined;
  const secret = parseSecret(configured ?? kept?.value ?? '');
  if (secret === undefined) throw new SluiceError('ERR_WEBHOOK_SECRET', `${kept?.file ?? 'secret'} is not whsec_ and base64`, { plugin: ctx.name });
  if (secret.length < MIN_SECRET_BYTES) ctx.warn(`report-http: a secret of ${secret.length} bytes is short; ${MIN_SECRET_BYTES} or more are advised`);
  return secret;
}
