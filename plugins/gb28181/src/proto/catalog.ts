import { isGbId } from './ids.js';
import { childOf, textOf, type XmlElement } from './xml.js';

/** An item of a catalog, as far as it is used. Empty text where it was not said. */
export interface CatalogItem {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly civilCode: string;
  readonly address: string;
  readonly parentId: string;
  readonly online: boolean;
  readonly ptzType: number | undefined;
  readonly longitude: number | undefined;
  readonly latitude: number | undefined;
}

/** One MESSAGE of a catalog answer. */
export interface CatalogPage {
  /** How many items there are in all; undefined where it was not said. */
  readonly sumNum: number | undefined;
  readonly items: readonly CatalogItem[];
}

const ONLINE = new Set(['on', 'online', 'ok', '1', 'true']);
const MAX_TEXT = 256;

function numberOf(text: string): number | undefined {
  if (text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function short(element: XmlElement, name: string): string {
  return textOf(element, name).slice(0, MAX_TEXT);
}

function readItem(item: XmlElement): CatalogItem | undefined {
  const idElement = childOf(item, 'DeviceID');
  const id = idElement?.text ?? '';
  if (idElement?.whole !== true || !isGbId(id)) return undefined;
  const info = childOf(item, 'Info');
  const status = textOf(item, 'Status').toLowerCase();
  const ptzType = numberOf(textOf(item, 'PTZType') || (info === undefined ? '' : textOf(info, 'PTZType')));
  return {
    id,
    name: short(item, 'Name'),
    manufacturer: short(item, 'Manufacturer'),
    model: short(item, 'Model'),
    civilCode: short(item, 'CivilCode'),
    address: short(item, 'Address'),
    parentId: short(item, 'ParentID'),
    // Groups and regions carry no status.
    online: status === '' || ONLINE.has(status),
    ptzType: ptzType !== undefined && Number.isInteger(ptzType) ? ptzType : undefined,
    longitude: numberOf(textOf(item, 'Longitude')),
    latitude: numberOf(textOf(item, 'Latitude')),
  };
}

/** Reads a page. `Num` is not looked at: it is often missing or wrong. */
export function readCatalogPage(response: XmlElement): CatalogPage {
  const sum = numberOf(textOf(response, 'SumNum'));
  const list = childOf(response, 'DeviceList');
  const items: CatalogItem[] = [];
  for (const child of list?.children ?? []) {
    if (child.name.toLowerCase() !== 'item') continue;
    const item = readItem(child);
    if (item !== undefined) items.push(item);
  }
  return { sumNum: sum !== undefined && Number.isSafeInteger(sum) && sum >= 0 ? sum : undefined, items };
}

/** Collects the pages of one answer by unique DeviceID (GB/T 28181-2022 annex M; pages repeat, come out of order, and miscount). */
export class CatalogCollector {
  readonly #items = new Map<string, CatalogItem>();
  readonly #maxItems: number;
  #expected: number | undefined;
  #pages = 0;

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  /** Adds a page; true where the answer is complete with it. */
  add(page: CatalogPage): boolean {
    this.#pages++;
    // The newest total counts: it changes while devices are added below a platform.
    if (page.sumNum !== undefined) this.#expected = Math.min(page.sumNum, this.#maxItems);
    for (const item of page.items) {
      if (this.#items.size >= this.#maxItems && !this.#items.has(item.id)) break;
      this.#items.set(item.id, item);
    }
    return this.complete;
  }

  get complete(): boolean {
    // A page that does not say how many there are tells nothing of the end.
    return this.#expected !== undefined && this.#items.size >= this.#expected;
  }

  /** Whether anything came at all. */
  get started(): boolean {
    return this.#pages > 0;
  }

  /** SumNum, or what there is where it was not said. */
  get expected(): number {
    return this.#expected ?? this.#items.size;
  }

  get items(): readonly CatalogItem[] {
    return [...this.#items.values()];
  }
}
