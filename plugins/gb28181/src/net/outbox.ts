import { messageOf, SluiceError } from '@sluice/core';
import type { SipEndpoint } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { buildManscdp, type ManscdpMessage } from '../proto/manscdp.js';
import { remoteOf } from './devices.js';
import { encodeText } from './gb-text.js';
import type { OnlineDevice } from './presence.js';

/** What an outbox works with. */
export interface OutboxOptions {
  readonly config: Gb28181Config;
  readonly endpoint: () => SipEndpoint;
}

const MAX_SN = 999_999;

/** Sends MANSCDP bodies to devices, each in a MESSAGE of its own, in the peer's charset. */
export class Outbox {
  readonly #options: OutboxOptions;
  #sn = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** A number for what is sent next. */
  nextSn(): number {
    this.#sn = (this.#sn % MAX_SN) + 1;
    return this.#sn;
  }

  /**
   * Resolves when the device took it. `to` is whom the request names, by default whom the body is about: the device or one of its channels.
   * Rejects with ERR_GB28181_REFUSED (names the SIP status), ERR_GB28181_SILENT or ERR_GB28181_OFFLINE.
   */
  async send(device: OnlineDevice, message: ManscdpMessage, to = message.deviceId): Promise<void> {
    const { config, endpoint } = this.#options;
    const request = {
      method: 'MESSAGE',
      uri: `sip:${to}@${remoteOf(device.target)}`,
      from: `${config.sip.id}@${config.sip.domain}`,
      to: `${to}@${config.sip.domain}`,
      headers: [['content-type', 'Application/MANSCDP+xml']],
      body: encodeText(buildManscdp(message, device.profile), device.profile.charset),
    } as const;
    const response = await endpoint()
      .send(request, device.target)
      .catch((error: unknown) => {
        throw asGbError(error, device.id);
      });
    if (response.status < 300) return;
    throw gbError('ERR_GB28181_REFUSED', `device ${device.id} refused ${message.cmdType} with ${response.status} ${response.reason}`);
  }
}

/** What became of a request to a device, as this plugin's error. */
export function asGbError(error: unknown, device: string): SluiceError {
  if (error instanceof SluiceError && error.plugin === 'gb28181') return error;
  const code = error instanceof SluiceError && error.code === 'ERR_SIP_UNREACHABLE' ? 'ERR_GB28181_OFFLINE' : 'ERR_GB28181_SILENT';
  return gbError(code, `device ${device}: ${messageOf(error)}`, error);
}
