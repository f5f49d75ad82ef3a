import type { Frame } from '../media/frame.js';
import { type ExtensionPoint, extensionPoint } from '../plugin/service.js';

/** Whose frames a filter is made for. */
export interface IngestSource {
  /** The stream's path. */
  readonly path: string;
  /** Protocol of the publisher. */
  readonly protocol: string;
  /** Counts under the stream's health. */
  count(kind: string, by?: number): void;
}

/** Rewrites what one publisher writes, before anybody sees it. Lives as long as the publisher. */
export interface IngestFilter {
  /**
   * The frame as the stream is to have it: the same object where nothing is wrong, another one, or `undefined` for none. Called once per
   * frame, in the order of arrival; `nowMs` is monotonic. A filter that throws is not asked again.
   */
  write(frame: Frame, nowMs: number): Frame | undefined;
  /** The publisher is over. */
  close?(): void;
}

/** Makes the filter for a publisher, or `undefined` where its frames need none. Asked once per publisher. */
export type IngestFilterFactory = (source: IngestSource) => IngestFilter | undefined;

/** Plugins that rewrite frames on the way in, in the order in which they are asked. */
export const ingestFilters: ExtensionPoint<IngestFilterFactory> = extensionPoint('stream.ingest-filters');

/** The filters of one publisher, as one. */
export class IngestChain {
  readonly #failed: (error: unknown) => void;
  #filters: readonly IngestFilter[];

  /** `failed` is told of a filter, or of a factory, that threw: the publisher goes on without it. */
  constructor(factories: readonly IngestFilterFactory[], source: IngestSource, failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#filters = factories.flatMap((factory) => this.#create(factory, source) ?? []);
  }

  #create(factory: IngestFilterFactory, source: IngestSource): IngestFilter | undefined {
    try {
      return factory(source);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** The frame after all filters. */
  write(frame: Frame, nowMs: number): Frame | undefined {
    const filters = this.#filters;
    let current: Frame | undefined = frame;
    for (let i = 0; i < filters.length && current !== undefined; i++) current = this.#apply(filters[i] as IngestFilter, current, nowMs);
    return current;
  }

  #apply(filter: IngestFilter, frame: Frame, nowMs: number): Frame | undefined {
    try {
      return filter.write(frame, nowMs);
    } catch (error) {
      this.#filters = this.#filters.filter((other) => other !== filter);
      this.#failed(error);
      return frame;
    }
  }

  close(): void {
    for (const filter of this.#filters) {
      try {
        filter.close?.();
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#filters = [];
  }
}
