import { type Clock, messageOf } from '@sluice/core';
import type { InviteOptions, SipDialog, SipEndpoint } from '@sluice/plugin-sip/service';
import type { DeviceStore, DialogRecord } from './device-store.js';
import type { Log } from './log.js';
import type { OnlineDevice, Presence } from './presence.js';

/** A device that was away for longer has ended its calls by itself. */
const MAX_AGE_MS = 24 * 3600 * 1000;
/** Calls that could not be ended yet; the oldest are forgotten. */
const MAX_LEFTOVERS = 20_000;

/** What a journal works with. */
export interface DialogJournalOptions {
  readonly store: DeviceStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly presence: Presence;
  readonly endpoint: () => SipEndpoint;
}

/**
 * Keeps our dialogs in the store from before their ACK until their BYE is answered. Those of an earlier process, and those whose BYE
 * was lost, are ended as soon as the device is there: otherwise it would send until it is switched off.
 */
export class DialogJournal {
  readonly #options: DialogJournalOptions;
  /** By Call-ID, oldest first. */
  readonly #leftovers = new Map<string, DialogRecord>();
  /** Until a BYE is answered or lost, and the store knows. */
  readonly #journaled = new WeakMap<SipDialog, Promise<void>>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: DialogJournalOptions) {
    this.#options = options;
  }

  /** Calls that wait for their device to be ended. */
  get leftovers(): number {
    return this.#leftovers.size;
  }

  /** What to give to `SipEndpoint.invite`: the dialog is kept, and its requests follow the device through its NAT. */
  track(device: OnlineDevice, channelId: string, path: string): Pick<InviteOptions, 'onDialog' | 'peer'> {
    return {
      onDialog: (dialog) => {
        const { store, clock } = this.#options;
        const record: DialogRecord = { deviceId: device.id, channelId, path, savedAtMs: clock.wallMs(), dialog: dialog.save() };
        store.saveDialog(record);
        this.#await(dialog, record);
      },
      peer: () => device.target,
    };
  }

  /** Takes up what an earlier process left. */
  restore(): void {
    const { store, presence } = this.#options;
    for (const record of store.dialogs()) this.#leave(record);
    for (const deviceId of new Set([...this.#leftovers.values()].map((record) => record.deviceId))) {
      const device = presence.online(deviceId);
      if (device !== undefined) this.deviceOnline(device);
    }
  }

  /** The device is there: its old calls get their BYE. */
  deviceOnline(device: OnlineDevice): void {
    for (const [callId, record] of [...this.#leftovers]) {
      if (record.deviceId !== device.id) continue;
      this.#leftovers.delete(callId);
      if (this.#options.clock.wallMs() - record.savedAtMs > MAX_AGE_MS) this.#options.store.deleteDialog(callId);
      else this.#end(device, record);
    }
  }

  /** Says BYE, in the background: a device may take half a minute to answer, or never do. */
  end(dialog: SipDialog): void {
    const { log } = this.#options;
    const ending = Promise.all([dialog.bye(), this.#journaled.get(dialog)])
      .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'a call cannot be ended'))
      .then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** Resolves when no BYE waits for its answer. */
  async settled(): Promise<void> {
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #end(device: OnlineDevice, record: DialogRecord): void {
    const { endpoint, log } = this.#options;
    try {
      const dialog = endpoint().restoreDialog(record.dialog, { peer: () => device.target });
      log.info({ device: device.id, stream: record.path }, 'a call of before is ended');
      this.#await(dialog, record);
      this.end(dialog);
    } catch (error) {
      log.warn({ device: device.id, stream: record.path, error: messageOf(error) }, 'a call of before cannot be ended');
      this.#options.store.deleteDialog(record.dialog.callId);
    }
  }

  #await(dialog: SipDialog, record: DialogRecord): void {
    const { store, log } = this.#options;
    const journaled = dialog.ended
      .then(() => dialog.bye())
      .then((result) => {
        if (result === 'answered') store.deleteDialog(record.dialog.callId);
        else this.#leave(record);
      })
      .catch((error: unknown) => log.warn({ stream: record.path, error: messageOf(error) }, 'the end of a call is not noted'));
    this.#journaled.set(dialog, journaled);
  }

  #leave(record: DialogRecord): void {
    this.#leftovers.set(record.dialog.callId, record);
    if (this.#leftovers.size <= MAX_LEFTOVERS) return;
    const [oldest] = this.#leftovers.keys();
    if (oldest === undefined) return;
    this.#leftovers.delete(oldest);
    this.#options.store.deleteDialog(oldest);
  }
}
