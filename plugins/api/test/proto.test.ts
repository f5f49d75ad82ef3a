import { EVENT_PATTERN } from '@sluice/core';
import { apiConfig } from '../src/config.js';
import { EventHistory } from '../src/proto/event-history.js';
import { createTypeFilter } from '../src/proto/event-types.js';
import { hideQueries } from '../src/proto/hide.js';
import { pageOf } from '../src/proto/page.js';
import { covers, roleForMethod } from '../src/proto/roles.js';

describe('pageOf', () => {
  const all = ['c', 'a', 'd', 'b'];
  const page = (limit: number, cursor?: string) => pageOf(all, (item) => item, limit, cursor);
  it('walks through all, once each, in order', () => {
    const first = page(3);
    expect(first.items).toEqual(['a', 'b', 'c']);
    expect(page(3, first.next)).toEqual({ items: ['d'] });
    expect(page(4)).toEqual({ items: ['a', 'b', 'c', 'd'] });
    expect(page(2, 'nonsense!')).toBeDefined();
  });
});

describe('event types', () => {
  it('match by name and by kind', () => {
    const wanted = createTypeFilter('stream.*,session.ended');
    expect(['stream.closed', 'session.ended', 'session.started', 'streams.x'].map(wanted)).toEqual([true, true, false, false]);
    expect(createTypeFilter(undefined)('anything')).toBe(true);
    expect(createTypeFilter('*')('anything')).toBe(true);
  });
  it('have one form', () => {
    for (const good of ['*', 'stream.*', 'c.d.e', 'gb28181.device.online']) expect(good).toMatch(EVENT_PATTERN);
    for (const bad of ['', 'a,', 'A', 'a.*.b', 'a b', '**']) expect(bad).not.toMatch(EVENT_PATTERN);
  });
});

describe('EventHistory', () => {
  const event = (id: string) => ({ id }) as never;
  it('keeps the newest and answers what came after', () => {
    const history = new EventHistory(3);
    for (const id of ['1', '2', '3', '4']) history.add(event(id));
    const idsFrom = (position: number) => Array.from({ length: history.next - position }, (_, n) => history.at(position + n)?.event.id);
    expect(idsFrom(history.after('3'))).toEqual(['4']);
    expect(idsFrom(history.after('4'))).toEqual([]);
    expect(idsFrom(history.after('unknown'))).toEqual(['2', '3', '4']);
    expect([history.at(0), history.at(4)]).toEqual([undefined, undefined]);
  });
});

describe('roles', () => {
  it('read may GET, operate may act, admin may all', () => {
    expect([roleForMethod('GET'), roleForMethod('HEAD'), roleForMethod('POST'), roleForMethod('DELETE')]).toEqual(['read', 'read', 'operate', 'operate']);
    expect([covers('read', 'operate'), covers('operate', 'read'), covers('operate', 'admin'), covers('admin', 'admin')]).toEqual([false, true, false, true]);
  });
});

it('hides secrets in queries, however deep, and nothing else', () => {
  const value = { key: 'K', session: { query: { token: 'T', Sig: 'S', x: '1' } } };
  expect(JSON.parse(JSON.stringify(value, hideQueries))).toEqual({ key: 'K', session: { query: { token: '***', Sig: '***', x: '1' } } });
});

it('takes no empty key and none that everybody knows', () => {
  expect(apiConfig.parse({}).keys).toEqual([]);
  for (const key of ['', 'admin', 'ChangeMe', 'a b']) expect(apiConfig.safeParse({ key }).success).toBe(false);
});
