import { messageOf, type PluginContext, VERSION } from '@sluice/core';
import { type IncomingRequest, type SipEndpoint, sipService } from '@sluice/plugin-sip/service';
import { syntheticService } from '@sluice/plugin-synthetic/service';
import type { CameraConfig } from '../config.js';
import { openProgram } from '../map/open-program.js';
import { describeTracks, type Program } from '../map/program.js';
import { fleetIds } from '../proto/ids.js';
import { Device } from './device.js';
import { openFile } from './file-source.js';
import { PlatformLink, resolveServer } from './link.js';
import { testProgram } from './test-program.js';

/** Cameras are taken off the platform this many at a time. */
const STOP_WIDTH = 200;

/** All cameras of a process: one SIP port, one program. */
export class Fleet {
  readonly #context: PluginContext;
  readonly #config: CameraConfig;
  readonly #devices: Device[] = [];
  readonly #links = new Map<string, { readonly link: PlatformLink; readonly device: Device }>();
  /** By the ids of cameras and channels. */
  readonly #byId = new Map<string, Device>();
  #stopped = false;

  constructor(context: PluginContext, config: CameraConfig) {
    this.#context = context;
    this.#config = config;
  }

  /** Opens the file and the port, and lets the cameras come on one after the other. Rejects with `ERR_CAMERA_…` and what formats and ports reject with. */
  async start(): Promise<void> {
    const { log } = this.#context;
    const { serverId, domain, port, count, channels, id, registrationsPerSecond } = this.#config;
    const program = await this.#openProgram();
    const server = await resolveServer(this.#config.server);
    const endpoint = await this.#context.use(sipService).listen({
      name: 'sip',
      port,
      id,
      domain,
      userAgent: `Sluice camera ${VERSION}`,
      onRequest: (incoming) => this.#onRequest(incoming),
    });
    endpoint.onConnectionClosed((connection) => this.#onConnectionClosed(connection));
    for (const ids of fleetIds(id, count, channels)) this.#add(endpoint, server, program, ids);
    log.info(
      { cameras: count, port: endpoint.port, server: server.address },
      `${count} camera(s) for ${serverId} at ${server.address}:${server.port}, showing ${describeTracks(program.tracks)}`,
    );
    this.#devices.forEach((device, i) => {
      this.#context.clock.after((i * 1000) / registrationsPerSecond, () => void device.registration.start());
    });
  }

  /** Ends every call and takes every camera off the platform. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const queue = [...this.#devices];
    const worker = async (): Promise<void> => {
      for (let device = queue.shift(); device !== undefined; device = queue.shift()) {
        await device.stop().catch((error: unknown) => this.#context.log.debug({ err: messageOf(error) }, 'a camera did not end well'));
      }
    };
    await Promise.all(Array.from({ length: STOP_WIDTH }, worker));
  }

  #add(endpoint: SipEndpoint, server: Awaited<ReturnType<typeof resolveServer>>, program: Program, ids: ReturnType<typeof fleetIds>[number]): void {
    const link = new PlatformLink(endpoint, this.#config, server, ids.id);
    const device = new Device({ ids, link, program, config: this.#config, context: this.#context });
    this.#devices.push(device);
    this.#links.set(ids.id, { link, device });
    for (const id of [ids.id, ...ids.channels]) this.#byId.set(id, device);
  }

  async #openProgram(): Promise<Program> {
    const { file, id } = this.#config;
    if (file === undefined) return testProgram(this.#context.use(syntheticService), this.#context.clock, id);
    const source = await openFile(file);
    this.#context.onDispose(() => source.close());
    return openProgram(source);
  }

  #onRequest(incoming: IncomingRequest): void {
    incoming.admit();
    const device = this.#byId.get(incoming.to);
    if (device === undefined) incoming.respond(404);
    else device.onRequest(incoming);
  }

  /** A camera whose connection broke comes on again. */
  #onConnectionClosed(connection: string): void {
    for (const { link, device } of this.#links.values()) {
      if (link.closed(connection) && !this.#stopped) void device.registration.start();
    }
  }
}
