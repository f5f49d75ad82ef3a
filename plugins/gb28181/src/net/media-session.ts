import { type CloseReason, closeReason, messageOf, type PublisherControls, SluiceError } from '@sluice/core';
import type { Receiver, RtpPsService } from '@sluice/plugin-rtp-ps/service';
import type { OutgoingRequest, SipDialog, SipEndpoint, SipResponse } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { connectAddress, mediaPlaces } from '../proto/media-sources.js';
import { parseSdpAnswer, type SdpAnswer } from '../proto/sdp-answer.js';
import { buildSdpOffer, type OfferedRecording } from '../proto/sdp-offer.js';
import type { MediaPort, MediaTransport } from '../service.js';
import { remoteOf } from './devices.js';
import type { DialogJournal } from './dialog-journal.js';
import type { Log } from './log.js';
import type { OnlineDevice } from './presence.js';

/** Ends of a receiver before its first frame that say that nothing useful came. */
const NO_MEDIA = new Set(['timeout', 'lost', 'protocol-error']);

/** What is played. */
export interface MediaTarget {
  readonly path: string;
  readonly device: OnlineDevice;
  readonly channelId: string;
  readonly transport: MediaTransport;
  /** Default: the shared port. */
  readonly port?: MediaPort | undefined;
  /** Which stream of the channel: 0 main, 1 sub; left to the device by default. */
  readonly stream?: number | undefined;
  /** A recording instead of the live picture. */
  readonly recording?: OfferedRecording;
  /** Shown with the publisher, beside device and channel. */
  readonly query?: Readonly<Record<string, string>>;
  /** What the publisher may be asked for. */
  readonly controls?: PublisherControls;
}

/** What a session works with. */
export interface MediaSessionDeps {
  readonly config: Gb28181Config;
  readonly log: Log;
  readonly endpoint: () => SipEndpoint;
  readonly rtpPs: RtpPsService;
  readonly dialogs: DialogJournal;
}

/**
 * One INVITE and what it holds: SSRC, receiver, dialog. The receiver is open before the INVITE goes out, since devices
 * send before they answer. Whatever ends it first gives everything back, once.
 */
export class MediaSession {
  readonly target: MediaTarget;
  /** Resolves once the first frame was published; rejects with the reason why not. */
  readonly live: Promise<void>;
  /** Resolves with the device's answer to the INVITE; rejects as `live` does. */
  readonly answered: Promise<SdpAnswer>;
  readonly #deps: MediaSessionDeps;
  readonly #onEnd: (session: MediaSession) => void;
  readonly #abort = new AbortController();
  #answer: (answer: SdpAnswer) => void = () => {};
  #receiver: Receiver | undefined;
  #dialog: SipDialog | undefined;
  #isLive = false;
  #reason: CloseReason | undefined;
  #ending: Promise<void> | undefined;
  #waiting = 0;

  constructor(target: MediaTarget, deps: MediaSessionDeps, onEnd: (session: MediaSession) => void) {
    this.target = target;
    this.#deps = deps;
    this.#onEnd = onEnd;
    const answered = new Promise<SdpAnswer>((resolve) => {
      this.#answer = resolve;
    });
    this.live = this.#run();
    this.answered = Promise.race([answered, this.live.then(() => answered)]);
    // Who waits sees it; that nobody does is no error.
    this.live.catch(() => {});
    this.answered.catch(() => {});
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Why it ended; undefined while it runs. */
  get endReason(): CloseReason | undefined {
    return this.#reason;
  }

  /** Call-ID of its dialog, once there is one. */
  get callId(): string | undefined {
    return this.#dialog?.callId;
  }

  /** Sends a request inside the dialog. Rejects with ERR_GB28181_ENDED where there is none, and as the dialog does. */
  request(method: string, contentType: string, body: string): Promise<SipResponse> {
    if (this.#dialog === undefined || this.#reason !== undefined) return Promise.reject(gbError('ERR_GB28181_ENDED', `${this.target.path} is not running`));
    return this.#dialog.request(method, { headers: [['content-type', contentType]], body: Buffer.from(body, 'latin1') });
  }

  /** While on, silence of the device does not end it (a paused recording). */
  hold(on: boolean): void {
    this.#receiver?.hold(on);
  }

  /** Waits for the picture. When the last one who waits gives up before it is there, the session ends. */
  async wait(signal?: AbortSignal): Promise<void> {
    this.#waiting++;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#waiting--;
      if (this.#waiting === 0 && !this.#isLive) void this.end(closeReason('idle', 'nobody waits for it'));
    };
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted === true) leave();
    try {
      await this.live;
    } finally {
      signal?.removeEventListener('abort', leave);
      if (!left) this.#waiting--;
    }
  }

  /** BYE, and the receiver goes; nobody waits for the BYE's answer (`DialogJournal.settled`). Safe to call at any time and again. Never rejects. */
  end(reason: CloseReason): Promise<void> {
    if (this.#ending === undefined) {
      this.#reason = reason;
      this.#ending = this.#release(reason);
      this.#abort.abort();
      this.#onEnd(this);
    }
    return this.#ending;
  }

  async #release(reason: CloseReason): Promise<void> {
    const { log, dialogs } = this.#deps;
    if (this.#dialog !== undefined) dialogs.end(this.#dialog);
    await this.#receiver?.close(reason).catch((error: unknown) => log.warn({ error: messageOf(error) }, 'receiver did not close'));
  }

  async #run(): Promise<void> {
    try {
      // A tick later, so that the session is known before anything can end it.
      await Promise.resolve();
      this.#stopIfEnded();
      const receiver = await this.#open();
      const dialog = await this.#invite(receiver);
      const sdp = dialog.answer.body.toString('latin1');
      const answer = parseSdpAnswer(sdp);
      receiver.setPayloads({ sdp });
      // The called side's y= wins (GB/T 28181-2016 annex G). All zeros, or none at all, says nothing.
      if (answer.ssrc !== undefined && answer.ssrc !== receiver.ssrc) this.#rekey(receiver, answer.ssrc);
      const { host, port } = receiver;
      receiver.expectFrom(mediaPlaces(answer, this.target.device.target.address, { address: host, port }));
      await this.#connect(receiver, answer);
      this.#answer(answer);
      await receiver.live;
      this.#stopIfEnded();
      this.#isLive = true;
    } catch (error) {
      const known = this.#translate(error);
      await this.end(closeReason(known.code === 'ERR_GB28181_NO_MEDIA' ? 'timeout' : 'gb28181-failed', known.message));
      throw known;
    }
  }

  #rekey(receiver: Receiver, ssrc: string): void {
    try {
      receiver.rekey(ssrc);
    } catch (error) {
      // Some devices answer the same y= to everybody and send what they were told.
      this.#deps.log.warn({ stream: this.target.path, ssrc, error: messageOf(error) }, 'the SSRC of the answer cannot be taken');
    }
  }

  /** `tcp-active`: the device listens where its answer says. */
  async #connect(receiver: Receiver, answer: SdpAnswer): Promise<void> {
    const { transport, device } = this.target;
    if (transport !== 'tcp-active') return;
    if (answer.port === undefined || answer.port === 0) throw gbError('ERR_GB28181_REFUSED', `device ${device.id} answered no port to connect to`);
    await receiver.connect(connectAddress(answer, device.target.address), answer.port);
  }

  #stopIfEnded(): void {
    if (this.#reason !== undefined) throw gbError('ERR_GB28181_ENDED', 'ended before it was live');
  }

  async #open(): Promise<Receiver> {
    const { rtpPs, config } = this.#deps;
    const { path, transport, device, channelId, port, recording, controls, query } = this.target;
    const ssrc = rtpPs.allocateSsrc(config.sip.id, recording === undefined ? 'live' : 'history');
    let receiver: Receiver;
    try {
      receiver = await rtpPs.open({
        ...(port === undefined ? {} : { port }),
        ...(controls === undefined ? {} : { controls }),
        path,
        ssrc,
        transport,
        remoteHint: device.target.address,
        query: { device: device.id, channel: channelId, ...query },
        onClose: (reason) => void this.end(reason),
      });
    } catch (error) {
      rtpPs.releaseSsrc(ssrc);
      throw error;
    }
    // It may reject before anybody listens.
    receiver.live.catch(() => {});
    if (this.#reason !== undefined) {
      await receiver.close(this.#reason);
      this.#stopIfEnded();
    }
    this.#receiver = receiver;
    return receiver;
  }

  async #invite(receiver: Receiver): Promise<SipDialog> {
    const { config, endpoint, dialogs } = this.#deps;
    const { device, channelId, path } = this.target;
    const request = await this.#request(receiver);
    this.#stopIfEnded();
    const dialog = await endpoint().invite(request, device.target, {
      timeoutMs: config.invite.timeoutSeconds * 1000,
      signal: this.#abort.signal,
      ...dialogs.track(device, channelId, path),
    });
    if (this.#reason !== undefined) {
      dialogs.end(dialog);
      this.#stopIfEnded();
    }
    this.#dialog = dialog;
    void dialog.ended.then((by) => (by === 'remote' ? this.end(closeReason('ended', 'the device said BYE')) : undefined));
    return dialog;
  }

  async #request(receiver: Receiver): Promise<OutgoingRequest> {
    const { config, endpoint } = this.#deps;
    const { device, channelId, transport, recording, stream } = this.target;
    const { id, domain } = config.sip;
    const { host, port, ssrc } = receiver;
    const { payloads, streamAttribute } = device.profile;
    const offer = buildSdpOffer({ channelId, host, port, ssrc, transport, payloads, recording, stream, streamAttribute });
    return {
      method: 'INVITE',
      uri: `sip:${channelId}@${remoteOf(device.target)}`,
      from: `${id}@${domain}`,
      to: `${channelId}@${domain}`,
      headers: [
        ['contact', `<sip:${id}@${await endpoint().localAddressFor(device.target)}>`],
        ['subject', `${channelId}:${ssrc},${id}:0`],
        ['content-type', 'APPLICATION/SDP'],
      ],
      body: Buffer.from(offer, 'latin1'),
    };
  }

  /** What whoever asked is told. */
  #translate(error: unknown): SluiceError {
    const { device, channelId } = this.target;
    const code = error instanceof SluiceError ? error.code : '';
    if (code === 'ERR_SIP_REJECTED') return gbError('ERR_GB28181_REFUSED', `device ${device.id} refused channel ${channelId}: ${messageOf(error)}`, error);
    if (code === 'ERR_SIP_TIMEOUT') return gbError('ERR_GB28181_SILENT', `device ${device.id} did not answer the INVITE for ${channelId}`, error);
    if (code === 'ERR_SIP_UNREACHABLE') return gbError('ERR_GB28181_OFFLINE', `device ${device.id} cannot be reached`, error);
    const reason = this.#reason?.code;
    if (reason === 'ended') return gbError('ERR_GB28181_REFUSED', `device ${device.id} ended channel ${channelId} before it sent anything`, error);
    // The receiver waits from before the INVITE on, so it is often the first to give up.
    if (reason === 'timeout' && this.#dialog === undefined)
      return gbError('ERR_GB28181_SILENT', `device ${device.id} did not answer the INVITE for ${channelId}`, error);
    if (reason === 'gb28181-offline') return gbError('ERR_GB28181_OFFLINE', `device ${device.id} went offline`, error);
    const named = error instanceof SluiceError && error.status !== undefined;
    if (NO_MEDIA.has(reason ?? '') || (reason === undefined && !named))
      return gbError('ERR_GB28181_NO_MEDIA', `device ${device.id} sent no media for channel ${channelId}`, error);
    if (named && (reason === undefined || reason === 'refused')) return error;
    return gbError('ERR_GB28181_ENDED', `channel ${channelId} was ended: ${this.#reason?.message ?? reason ?? messageOf(error)}`, error);
  }
}
