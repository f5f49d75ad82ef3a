import { lookup } from 'node:dns/promises';
import { messageOf } from '@sluice/core';
import type { SipEndpoint, SipHeaders, SipResponse, SipTarget } from '@sluice/plugin-sip/service';
import type { CameraConfig } from '../config.js';
import { cameraError } from '../errors.js';

/** Where the platform is. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/** Finds out where `HOST[:PORT]` is. Rejects with `ERR_CAMERA_ADDRESS`. */
export async function resolveServer(server: string): Promise<ServerAddress> {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(server.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 5060);
  if (host === undefined || port < 1 || port > 65_535) throw cameraError('ERR_CAMERA_ADDRESS', `'${server}' is no HOST[:PORT]`);
  try {
    return { address: (await lookup(host)).address, port };
  } catch (error) {
    throw cameraError('ERR_CAMERA_ADDRESS', `the address of ${host} cannot be found: ${messageOf(error)}`, error);
  }
}

/** How one camera speaks to its platform: in its own name, over UDP or a TCP connection of its own. */
export class PlatformLink {
  readonly id: string;
  readonly uri: string;
  readonly #endpoint: SipEndpoint;
  readonly #config: CameraConfig;
  readonly #server: ServerAddress;
  #connecting: Promise<SipTarget> | undefined;
  #connection: string | undefined;

  constructor(endpoint: SipEndpoint, config: CameraConfig, server: ServerAddress, id: string) {
    this.#endpoint = endpoint;
    this.#config = config;
    this.#server = server;
    this.id = id;
    this.uri = `sip:${config.serverId}@${config.domain}`;
  }

  /** `host:port` that the platform is told. */
  async sentBy(): Promise<string> {
    return this.#endpoint.localAddressFor(await this.target());
  }

  /** Sends a request to the platform; `from` is a channel where it is not the camera itself. Rejects with ERR_SIP_TIMEOUT, ERR_SIP_UNREACHABLE or ERR_CONNECT. */
  async request(method: string, options: { readonly headers?: SipHeaders; readonly body?: Buffer; readonly from?: string }): Promise<SipResponse> {
    const { domain, serverId } = this.#config;
    const target = await this.target();
    const contact = `<sip:${this.id}@${await this.#endpoint.localAddressFor(target)}>`;
    const to = method === 'REGISTER' ? this.id : serverId;
    return this.#endpoint.send(
      {
        method,
        uri: this.uri,
        from: `${options.from ?? this.id}@${domain}`,
        to: `${to}@${domain}`,
        headers: [['contact', contact], ...(options.headers ?? [])],
        ...(options.body === undefined ? {} : { body: options.body }),
      },
      target,
    );
  }

  /** A TCP connection ended; true where it was ours. */
  closed(connection: string): boolean {
    if (this.#connection !== connection) return false;
    this.#connection = undefined;
    this.#connecting = undefined;
    return true;
  }

  /** Where requests go; over TCP the connection, opened where there is none. */
  async target(): Promise<SipTarget> {
    if (this.#config.transport === 'udp') return { transport: 'udp', ...this.#server };
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<SipTarget> {
    try {
      const target = await this.#endpoint.connect(this.#server.address, this.#server.port);
      this.#connection = target.connection;
      return target;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }
}
