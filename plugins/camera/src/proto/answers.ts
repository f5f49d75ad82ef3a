import { Buffer } from 'node:buffer';

/** Elements in order; nested ones as lists. */
export type Fields = readonly (readonly [name: string, value: string | number | Fields])[];

/** A page must fit a datagram that is not cut into fragments. */
const MAX_PAGE_BYTES = 1000;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function write(fields: Fields): string {
  return fields.map(([name, value]) => `<${name}>${typeof value === 'object' ? `\r\n${write(value)}` : escapeText(String(value))}</${name}>\r\n`).join('');
}

/** A body: `<Response>` or `<Notify>` of these elements. All of it is ASCII, which every charset has. */
export function manscdpBody(root: 'Response' | 'Notify', fields: Fields): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="GB2312"?>\r\n<${root}>\r\n${write(fields)}</${root}>\r\n`, 'latin1');
}

/** What an answer begins with. */
export interface AnswerHead {
  readonly cmdType: string;
  readonly sn: string;
  readonly deviceId: string;
}

/** The first elements of every body. */
export function headFields({ cmdType, sn, deviceId }: AnswerHead): Fields {
  return [
    ['CmdType', cmdType],
    ['SN', sn],
    ['DeviceID', deviceId],
  ];
}

/** Pages of a list, each with the total and a part of the items (GB/T 28181-2022 annex M). An empty list is one page without items. */
export function pagesOf(head: AnswerHead, before: Fields, listName: 'DeviceList' | 'RecordList', items: readonly Fields[]): Buffer[] {
  const written = items.map((item) => `<Item>\r\n${write(item)}</Item>\r\n`);
  const start = write([...headFields(head), ...before, ['SumNum', items.length]]);
  const pages = split(written).map((page) => (page.length === 0 ? '' : `<${listName} Num="${page.length}">\r\n${page.join('')}</${listName}>\r\n`));
  return pages.map((list) => Buffer.from(`<?xml version="1.0" encoding="GB2312"?>\r\n<Response>\r\n${start}${list}</Response>\r\n`, 'latin1'));
}

function split(items: readonly string[]): string[][] {
  const pages: string[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    if (bytes > 0 && bytes + item.length > MAX_PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(item);
    bytes += item.length;
  }
  return pages;
}
