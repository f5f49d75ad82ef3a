import { childOf, textOf, type XmlElement } from './xml.js';

/** A recording as a device lists it; times as it wrote them. Empty text where it was not said. */
export interface RecordItem {
  readonly id: string;
  readonly name: string;
  readonly filePath: string;
  readonly address: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly type: string;
  readonly recorderId: string;
  readonly secrecy: boolean;
  readonly fileSizeBytes: number | undefined;
  readonly stream: number | undefined;
}

/** One MESSAGE of an answer to a record query. */
export interface RecordPage {
  /** How many items there are in all; undefined where it was not said. */
  readonly sumNum: number | undefined;
  readonly items: readonly RecordItem[];
}

const MAX_TEXT = 1024;

function count(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function readItem(item: XmlElement): RecordItem | undefined {
  const text = (name: string) => textOf(item, name).slice(0, MAX_TEXT);
  // A page that was cut: what is not whole is not taken.
  if (!item.whole || text('StartTime') === '' || text('EndTime') === '') return undefined;
  return {
    id: text('DeviceID'),
    name: text('Name'),
    filePath: text('FilePath'),
    address: text('Address'),
    startTime: text('StartTime'),
    endTime: text('EndTime'),
    type: text('Type'),
    recorderId: text('RecorderID'),
    secrecy: text('Secrecy') === '1',
    fileSizeBytes: count(text('FileSize')),
    stream: count(text('StreamNumber')),
  };
}

/** Reads a page. `Num` is not looked at: it is often missing or wrong. */
export function readRecordPage(response: XmlElement): RecordPage {
  const items: RecordItem[] = [];
  for (const child of childOf(response, 'RecordList')?.children ?? []) {
    if (child.name.toLowerCase() !== 'item') continue;
    const item = readItem(child);
    if (item !== undefined) items.push(item);
  }
  return { sumNum: count(textOf(response, 'SumNum')), items };
}

/** Collects the pages of one answer; what comes twice counts once (GB/T 28181-2022 annex M). */
export class RecordCollector {
  readonly #items = new Map<string, RecordItem>();
  readonly #maxItems: number;
  #expected: number | undefined;

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  /** Adds a page; true where the answer is complete with it. */
  add(page: RecordPage): boolean {
    if (page.sumNum !== undefined) this.#expected = Math.min(page.sumNum, this.#maxItems);
    for (const item of page.items) {
      const key = [item.startTime, item.endTime, item.filePath, item.type, item.stream].join('|');
      if (this.#items.size >= this.#maxItems && !this.#items.has(key)) break;
      this.#items.set(key, item);
    }
    return this.#expected !== undefined && this.#items.size >= this.#expected;
  }

  /** SumNum, or what there is where it was not said. */
  get expected(): number {
    return this.#expected ?? this.#items.size;
  }

  get items(): readonly RecordItem[] {
    return [...this.#items.values()];
  }
}
