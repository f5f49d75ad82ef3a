import { isStreamPath } from '@sluice/core';
import fc from 'fast-check';
import { dayBefore, isTimeZone, localDay } from '../src/proto/day.js';
import { dayOf, fileName, folderNames } from '../src/proto/file-name.js';
import { Fold } from '../src/proto/fold.js';

describe('days', () => {
  it('begin at the midnight of their zone', () => {
    const ms = Date.UTC(2026, 2, 28, 16, 0, 0);
    expect([localDay(ms - 1, 'Asia/Shanghai'), localDay(ms, 'Asia/Shanghai'), localDay(ms, 'UTC')]).toEqual(['2026-03-28', '2026-03-29', '2026-03-28']);
    // The night in which clocks go forward.
    expect([localDay(Date.UTC(2026, 2, 8, 4, 59), 'America/New_York'), localDay(Date.UTC(2026, 2, 9, 4, 0), 'America/New_York')]).toEqual([
      '2026-03-07',
      '2026-03-09',
    ]);
    expect(dayBefore('2026-03-01', 1)).toBe('2026-02-28');
  });
  it('know zones', () => {
    expect(['Asia/Shanghai', 'UTC', 'Nowhere/Town', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});

describe('names', () => {
  const char = fc.constantFrom(...'AZaz09_.~-/@');
  it('keep streams and files apart, inside of the folder', () => {
    expect(folderNames('live/2026-01-01.log')).toEqual(['live', '2026-01-01.log@']);
    expect([dayOf('2026-01-01.log'), dayOf('2026-01-01.log@'), dayOf('x.log')]).toEqual(['2026-01-01', undefined, undefined]);
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 40 }), (path) => {
        fc.pre(isStreamPath(path));
        for (const name of folderNames(path)) expect(name !== '.' && name !== '..' && !name.includes('/') && dayOf(name) === undefined).toBe(true);
      }),
      { seed: 15 },
    );
    expect(dayOf(fileName('2026-03-28'))).toBe('2026-03-28');
  });
});

describe('fold', () => {
  it('lets the first through and counts the rest of a period', () => {
    const fold = new Fold<number>(1000, 10);
    expect([fold.first('a', 1, 0), fold.first('a', 2, 500), fold.first('b', 9, 500), fold.first('a', 3, 999)]).toEqual([true, false, true, false]);
    expect(fold.due(999)).toEqual([]);
    expect(fold.due(1000)).toEqual([{ line: 3, repeated: 2 }]);
    // It goes on as long as it is repeated in each period.
    expect(fold.first('a', 4, 1500)).toBe(false);
    expect(fold.due(2000)).toEqual([{ line: 4, repeated: 1 }]);
    expect(fold.due(3000)).toEqual([]);
    expect(fold.first('a', 5, 3001)).toBe(true);
    fold.first('a', 6, 3002);
    expect(fold.end()).toEqual([{ line: 6, repeated: 1 }]);
  });
  it('remembers so many kinds', () => {
    const fold = new Fold<number>(1000, 2);
    for (let n = 0; n < 100; n++) expect(fold.first(`k${n}`, n, 0)).toBe(true);
    expect([fold.first('k0', 0, 1), fold.first('k50', 0, 1)]).toEqual([false, true]);
  });
});
