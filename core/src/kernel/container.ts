import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import { SluiceError } from '../error.js';
import type { ServiceToken } from '../plugin/service.js';

/** The services of one engine, by token. Each engine has its own; nothing is registered globally. */
export class ServiceContainer {
  readonly #container: DependencyContainer = container.createChildContainer();

  provide<T>(token: Pick<ServiceToken<T>, 'name'>, implementation: T): void {
    if (this.has(token)) throw new SluiceError('ERR_SERVICE_TWICE', `service '${token.name}' is provided twice`);
    this.#container.registerInstance<unknown>(token.name, implementation);
  }

  has(token: Pick<ServiceToken<unknown>, 'name'>): boolean {
    return this.#container.isRegistered(token.name);
  }

  find<T>(token: ServiceToken<T>): T | undefined {
    return this.has(token) ? this.#container.resolve<T>(token.name) : undefined;
  }

  use<T>(token: ServiceToken<T>, plugin: string): T {
    const found = this.find(token);
    if (found === undefined) {
      throw new SluiceError('ERR_SERVICE_MISSING', `plugin '${plugin}' uses service '${token.name}', which no loaded plugin provides`, { plugin });
    }
    return found;
  }

  clear(): void {
    this.#container.reset();
  }
}
