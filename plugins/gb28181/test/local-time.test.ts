import { formatLocalTime, formatLocalTimeMs, isTimeZone, parseLocalTime } from '../src/proto/local-time.js';

const AT = Date.UTC(2022, 4, 1, 4, 0, 0, 7);

it('writes times of Beijing, or of another zone', () => {
  expect(formatLocalTime(AT)).toBe('2022-05-01T12:00:00');
  expect(formatLocalTimeMs(AT)).toBe('2022-05-01T12:00:00.007');
  expect(formatLocalTime(AT, 'Europe/Berlin')).toBe('2022-05-01T06:00:00');
  expect(formatLocalTime(Date.UTC(2022, 11, 31, 16, 0, 0))).toBe('2023-01-01T00:00:00');
});

it.each([
  ['2022-05-01T12:00:00', 0],
  ['2022-05-01 12:00:00', 0],
  ['2022-05-01T12:00:00.007', 7],
  ['2022-05-01T12:00:00+08:00', 0],
  ['2022-05-01T12:00:00+0800', 0],
  ['2022-05-01T04:00:00Z', 0],
  ['2022-5-1T12:00:00', 0],
  ['2022-05-01T00:30:00-03:30', 0],
])('reads %s', (text, ms) => {
  expect(parseLocalTime(text)).toBe(AT - 7 + ms);
});

it.each(['', 'now', '2022-05-01', '2022-13-01T00:00:00', '2022-05-01T25:00:00', '2022-05-01T12:00:00 CST'])("takes '%s' for none", (text) => {
  expect(parseLocalTime(text)).toBeUndefined();
});

it('reads what it wrote, around changes to summer time too', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'UTC'])
    for (const at of [AT - 7, Date.UTC(2022, 2, 27, 0, 59, 59), Date.UTC(2022, 2, 27, 1, 0, 0), Date.UTC(2022, 9, 30, 3, 0, 0)])
      expect([zone, parseLocalTime(formatLocalTime(at, zone), zone)]).toEqual([zone, at]);
});

it('knows which zones there are', () => {
  expect([isTimeZone('Asia/Urumqi'), isTimeZone('Beijing')]).toEqual([true, false]);
});
