import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../lib/router/turns.ts';

describe('Turns', () => {
  it('runs a task at once, and one that comes inside it behind it', () => {
    const turns = new Turns();
    const log: string[] = [];

    turns.run(() => {
      log.push('a begins');
      turns.run(() => {
        log.push('b begins');
        turns.run(() => log.push('d'));
        log.push('b ends');
      });
      turns.run(() => log.push('c'));
      log.push('a ends');
    });
    turns.run(() => log.push('e'));

    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c', 'd', 'e']);
  });

  it('lets a turn be begun that is ended later', () => {
    const turns = new Turns();
    const log: string[] = [];

    expect(turns.begin()).toBe(true);
    expect(turns.begin()).toBe(false);
    turns.later(() => log.push('later'));
    expect(log).toEqual([]);
    turns.end();

    expect(log).toEqual(['later']);
    expect(turns.begin()).toBe(true);
  });
});
