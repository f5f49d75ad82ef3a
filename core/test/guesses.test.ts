import { FakeClock } from '@sluice/core/testing';
import { GuessCaps } from '../src/kernel/guesses.js';
import { addressBlock } from '../src/transport/address.js';

const RIGHT = 'right';
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('guesses', () => {
  let clock: FakeClock;
  let caps: GuessCaps;
  let looked: number;
  let refused: number;

  beforeEach(() => {
    clock = new FakeClock();
    looked = 0;
    refused = 0;
    const count = (): void => {
      refused++;
    };
    caps = new GuessCaps({ failuresPerSecond: 20, failureBurst: 200, clock, refused: count });
  });

  const judge = (credential: string | undefined, remote = '192.0.2.1:5000', right = RIGHT): Promise<boolean> => {
    const look = (): boolean => {
      looked++;
      return credential === right;
    };
    return caps.judge({ remote, credential }, look, (answer) => answer);
  };
  /** Guesses at once; what becomes of each. */
  const many = async (count: number, remote?: string) => {
    const answers: unknown[] = [];
    for (let i = 0; i < count; i++) {
      judge(`wrong ${i}`, remote).then(
        (answer) => answers.push(answer),
        (error) => answers.push(error.code),
      );
    }
    await settled();
    return answers;
  };

  it('are looked at up to a number, and beyond that refused at once', async () => {
    const answers = await many(1000);
    expect(answers.filter((answer) => answer === false)).toHaveLength(200);
    expect(answers.filter((answer) => answer === 'ERR_TOO_MANY_FAILURES')).toHaveLength(800);
    expect([looked, refused]).toEqual([200, 800]);
  });

  it('are as many a second as the rate, however many try', async () => {
    await many(1000);
    for (let second = 0; second < 10; second++) {
      clock.advance(1000);
      looked = 0;
      await many(1000);
      expect(looked).toBe(20);
    }
  });

  it('do no harm to good ones before that, nor to those of another address, and nothing is no guess', async () => {
    await many(199);
    expect(await judge(RIGHT)).toBe(true);
    await many(10);
    expect(await judge('wrong', '192.0.2.2:5000')).toBe(false);
    for (let i = 0; i < 500; i++) expect(await judge(undefined)).toBe(false);
    expect(await judge(RIGHT, '192.0.2.2:1')).toBe(true);
  });

  it('of a credential that was good from there are looked at in any case, until it is good no more', async () => {
    await judge(RIGHT);
    await many(1000);
    expect(await judge(RIGHT, '192.0.2.1:9')).toBe(true);
    await expect(judge('wrong')).rejects.toMatchObject({ code: 'ERR_TOO_MANY_FAILURES', status: 401 });
    expect(await judge(RIGHT, '192.0.2.1:9', 'another')).toBe(false);
    await expect(judge(RIGHT)).rejects.toMatchObject({ code: 'ERR_TOO_MANY_FAILURES' });
  });

  it('wait for each other where looking takes long, so that a crowd behind one address gets in', async () => {
    const opens: (() => void)[] = [];
    const slow = (): Promise<boolean> => new Promise((resolve) => opens.push(() => resolve(true)));
    const crowd = Array.from({ length: 1000 }, (_, i) => caps.judge({ remote: '192.0.2.1:1', credential: `token ${i}` }, slow, (answer) => answer));
    let most = 0;
    for (let done = 0; done < 1000; ) {
      await settled();
      most = Math.max(most, opens.length);
      done += opens.length;
      for (const open of opens.splice(0)) open();
    }
    expect(await Promise.all(crowd)).toEqual(Array(1000).fill(true));
    expect(most).toBe(200);
  });

  it('that could not be judged count for nothing', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    for (let i = 0; i < 500; i++) await expect(caps.judge({ remote: '192.0.2.1', credential: 'x' }, broken, () => true)).rejects.toThrow('broken');
    expect(await judge('wrong')).toBe(false);
  });

  it('of a hundred thousand addresses take no more room than those of ten thousand', async () => {
    for (let i = 0; i < 100_000; i++) {
      const remote = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:${1 + (i & 1023)}`;
      const guess = caps.judge(
        { remote, credential: '' },
        () => i % 2 === 0,
        (answer) => answer,
      );
      if (i % 10_000 === 0) await guess;
    }
    await settled();
    expect(caps.size).toBeLessThanOrEqual(20_000);
  });
});

it.each([
  ['192.0.2.1:5000', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['[2001:db8:1:2:3:4:5:6]:5000', '2001:db8:1:2'],
  ['[2001:DB8:1:2:ffff::1]:5000', '2001:db8:1:2'],
  ['[2001:db8:0001::1]:5000', '2001:db8:1:0'],
  ['2001:db8::', '2001:db8:0:0'],
  ['[::1]:80', '0:0:0:0'],
])('the block of %s is %s', (remote, block) => {
  expect(addressBlock(remote)).toBe(block);
});
