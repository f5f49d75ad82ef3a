import { messageOf, type PluginContext } from '@sluice/core';
import { PsMuxer } from '@sluice/plugin-format-mpeg';
import type { CalledDialog, IncomingRequest } from '@sluice/plugin-sip/service';
import type { Program } from '../map/program.js';
import { headFields, manscdpBody } from '../proto/answers.js';
import { parseMansrtsp } from '../proto/mansrtsp.js';
import type { MediaOffer } from '../proto/offer.js';
import { PsPacketizer } from '../proto/packetizer.js';
import type { MediaOutput } from './media-output.js';
import { Player } from './player.js';

/** After the end of a recording the platform sends BYE; where it does not, we do. */
const BYE_AFTER_MS = 10_000;

/** What a call is made of. */
export interface CallParts {
  readonly channelId: string;
  readonly offer: MediaOffer;
  readonly output: MediaOutput;
  readonly program: Program;
  readonly ssrc: number;
  readonly payloadType: number;
  /** Where its sequence numbers begin. */
  readonly sequence: number;
  readonly context: Pick<PluginContext, 'clock' | 'log'>;
  readonly nextSn: () => string;
}

/** One INVITE that was accepted: plays until somebody ends it. */
export class Call {
  readonly channelId: string;
  readonly #parts: CallParts;
  readonly #player: Player;
  #dialog: CalledDialog | undefined;

  constructor(parts: CallParts) {
    const { offer, program, output, context } = parts;
    this.channelId = parts.channelId;
    this.#parts = parts;
    const packetizer = new PsPacketizer(parts);
    const muxer = new PsMuxer();
    muxer.announce(program.tracks);
    this.#player = new Player({
      program,
      clock: context.clock,
      durationSeconds: durationOf(offer, program),
      rate: offer.session === 'download' ? offer.downloadSpeed : 1,
      send: async (frame, dts, pts) => {
        // What a program stream cannot carry is left out.
        if (PsMuxer.supports(frame.track.codec)) await output.send(packetizer.packets(muxer.mux(frame, { dts, pts }), dts));
      },
    });
  }

  /** Plays in `dialog` until it ends. Never rejects. */
  async run(dialog: CalledDialog): Promise<void> {
    this.#dialog = dialog;
    const { output, context } = this.#parts;
    void dialog.ended.then(() => this.#player.stop());
    void output.lost.then(() => this.end());
    try {
      if (await dialog.confirmed) {
        await output.open();
        if ((await this.#player.run()) === 'end') await this.#tellEnd(dialog);
      }
    } catch (error) {
      context.log.warn({ channel: this.channelId, err: messageOf(error) }, `a call failed: ${messageOf(error)}`);
    }
    await dialog.bye();
    await output.close();
  }

  /** Ends the call from our side. */
  async end(): Promise<void> {
    this.#player.stop();
    await this.#dialog?.bye();
  }

  keyFrame(): void {
    this.#player.keyFrame();
  }

  /** An INFO: pause, resume, seek, speed (GB/T 28181-2016 annex B). */
  onInfo(incoming: IncomingRequest): void {
    const order = parseMansrtsp(incoming.request.body.toString('latin1'));
    const isPlayback = this.#parts.offer.session !== 'play';
    // Backwards is not played.
    if (order === undefined || !isPlayback || (order.kind === 'play' && order.scale !== undefined && order.scale <= 0)) {
      incoming.respond(order === undefined ? 400 : 488);
      return;
    }
    const { log } = this.#parts.context;
    log.info({ channel: this.channelId, ...order, at: Math.round(this.#player.positionSeconds) }, `playback: ${order.kind}`);
    incoming.respond(200);
    if (order.kind === 'pause') this.#player.pause();
    else if (order.kind === 'stop') this.#player.stop();
    else this.#player.play(order);
  }

  /** GB/T 28181-2016 A.2.5: MediaStatus 121 inside the dialog, then the platform's BYE. */
  async #tellEnd(dialog: CalledDialog): Promise<void> {
    const { nextSn, context } = this.#parts;
    const body = manscdpBody('Notify', [...headFields({ cmdType: 'MediaStatus', sn: nextSn(), deviceId: this.channelId }), ['NotifyType', 121]]);
    await dialog.request('MESSAGE', { headers: [['content-type', 'Application/MANSCDP+xml']], body }).catch(() => undefined);
    await Promise.race([dialog.ended, new Promise<void>((resolve) => void context.clock.after(BYE_AFTER_MS, resolve))]);
  }
}

/** A recording lasts as long as was asked for; where no end was said, once through the program. Live never ends. */
function durationOf({ session, startSeconds, endSeconds }: MediaOffer, program: Program): number | undefined {
  if (session === 'play') return undefined;
  return endSeconds > startSeconds ? endSeconds - startSeconds : program.durationSeconds;
}
