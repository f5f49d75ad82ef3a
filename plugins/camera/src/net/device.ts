import { randomInt } from 'node:crypto';
import { messageOf, type PluginContext } from '@sluice/core';
import type { IncomingRequest } from '@sluice/plugin-sip/service';
import type { CameraConfig } from '../config.js';
import type { Program } from '../map/program.js';
import { buildAnswer } from '../proto/answer.js';
import type { DeviceIds } from '../proto/ids.js';
import { type MediaOffer, parseOffer } from '../proto/offer.js';
import { parsePlatformMessage } from '../proto/query.js';
import { Call } from './call.js';
import type { PlatformLink } from './link.js';
import { openOutput } from './media-output.js';
import { Registration } from './registration.js';
import { Responder } from './responder.js';

/** What a camera needs. */
export interface DevicePlace {
  readonly ids: DeviceIds;
  readonly link: PlatformLink;
  readonly program: Program;
  readonly config: CameraConfig;
  readonly context: PluginContext;
}

/** One simulated camera: registered, asked, called. */
export class Device {
  readonly registration: Registration;
  readonly #place: DevicePlace;
  readonly #responder: Responder;
  readonly #calls = new Set<Call>();
  #callCount = 0;

  constructor(place: DevicePlace) {
    this.#place = place;
    const { link, config, context, ids } = place;
    const { log, clock } = context;
    this.registration = new Registration(link, config, clock, {
      registered: (seconds) => log.info({ camera: link.id, seconds }, `${link.id} is registered for ${seconds} s`),
      failed: (reason) => log.warn({ camera: link.id }, `${link.id} is not registered: ${reason}`),
    });
    this.#responder = new Responder({ link, ids, config, clock, log, onKeyFrame: (channelId) => this.#keyFrame(channelId) });
  }

  /** Calls that are open. */
  get calls(): number {
    return this.#calls.size;
  }

  /** A request to this camera or to one of its channels. */
  onRequest(incoming: IncomingRequest): void {
    const { method } = incoming.request;
    if (method === 'INVITE') void this.#invited(incoming);
    else if (method === 'MESSAGE') this.#asked(incoming);
    // Subscriptions are accepted; nothing ever changes here that they would be told of.
    else if (method === 'SUBSCRIBE') incoming.respond(200, { headers: [['expires', '3600']] });
    else incoming.respond(method === 'OPTIONS' || method === 'NOTIFY' ? 200 : 405);
  }

  /** Ends the calls and takes the camera off the platform. */
  async stop(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.end()));
    await this.registration.stop();
  }

  #keyFrame(channelId: string): void {
    for (const call of this.#calls) if (channelId === this.#place.ids.id || call.channelId === channelId) call.keyFrame();
  }

  #asked(incoming: IncomingRequest): void {
    const message = parsePlatformMessage(incoming.request.body);
    incoming.respond(message === undefined ? 400 : 200);
    if (message !== undefined) void this.#responder.respond(message);
  }

  async #invited(incoming: IncomingRequest): Promise<void> {
    const { log } = this.#place.context;
    const offer = parseOffer(incoming.request.body.toString('latin1'));
    const busy = [...this.#calls].filter(({ channelId }) => channelId === incoming.to).length >= this.#place.config.maxCalls;
    if (offer === undefined || offer.payloadType === undefined || busy) {
      incoming.respond(busy ? 486 : 488);
      return;
    }
    try {
      await this.#accept(incoming, offer, offer.payloadType);
    } catch (error) {
      log.warn({ channel: incoming.to, err: messageOf(error) }, `an INVITE failed: ${messageOf(error)}`);
      incoming.respond(500);
    }
  }

  async #accept(incoming: IncomingRequest, offer: MediaOffer, payloadType: number): Promise<void> {
    const { context, link, program, ids } = this.#place;
    const channelId = incoming.to;
    const { transport, clock, log } = context;
    const output = await openOutput({ transport, clock, name: `rtp/${ids.id}/${++this.#callCount}` }, offer);
    // As cameras do: no y= in the offer, none of meaning in the answer.
    const ssrc = offer.ssrc ?? '0000000000';
    const call = new Call({
      channelId,
      offer,
      output,
      program,
      ssrc: (Number(ssrc) || randomInt(2 ** 31)) >>> 0,
      payloadType,
      sequence: randomInt(2 ** 16),
      context,
      nextSn: () => this.registration.nextSn(),
    });
    this.#calls.add(call);
    try {
      const host = await transport.localAddressFor(offer.host);
      const body = Buffer.from(buildAnswer(offer, { channelId, host, port: output.port, ssrc, payloadType }));
      const sentBy = await link.sentBy();
      const dialog = incoming.accept({ sentBy, user: channelId, body, headers: [['content-type', 'APPLICATION/SDP']], onInfo: (info) => call.onInfo(info) });
      log.info(
        { channel: channelId, ssrc, to: `${offer.host}:${offer.port}` },
        `${channelId}: ${offer.session} to ${offer.host}:${offer.port} over ${offer.transport}`,
      );
      await call.run(dialog);
      log.info({ channel: channelId, ssrc }, `${channelId}: ${offer.session} has ended`);
    } finally {
      this.#calls.delete(call);
      await output.close();
    }
  }
}
