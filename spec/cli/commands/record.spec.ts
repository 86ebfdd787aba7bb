import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
afterAll(() => rmSync(folder, { recursive: true }));

const linesOf = (file: string): unknown[] => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);

describe('rxwamp record', () => {
  it('writes the events of several topics with their times, until Ctrl-C', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x', '---a 49ms b-|', { a: ['tea', 2], b: { kwargs: { bytes: Uint8Array.of(1, 2) } } });
      helpers.publishes('com.y', '-----c-|', { c: [] });

      const { signals$ } = typing(helpers, ['record', 'a.jsonl', 'com.x', 'com.y', 'com.x'], ({ written, codes }) => {
        expect(linesOf('a.jsonl')).toEqual([
          { at: 0, topic: 'com.x', args: ['tea', 2] }, { at: 2, topic: 'com.y', args: [] }, { at: 50, topic: 'com.x', args: [], kwargs: { bytes: '\0AQI=' } },
        ]);
        expect(written.stderr).toBe(`3 events in ${join(folder, 'a.jsonl')}\n`);
        expect(codes).toEqual([130]);
      }, { folder });
      helpers.at(100, () => signals$.next('SIGINT'));
    });
  });

  it('ends after --count', () => {
    tidyMarbles((helpers) => {
      helpers.publishes('com.x.y', '---a-b-c-|');

      typing(helpers, ['record', 'b.jsonl', 'com.x.', '--match', 'prefix', '--count', '2', '-q'], ({ written, codes }) => {
        expect(linesOf('b.jsonl')).toHaveLength(2);
        expect({ written, codes }).toEqual({ written: { stdout: '', stderr: '' }, codes: [0] });
      }, { folder });
    });
  });

  it('overwrites nothing', () => {
    writeFileSync(join(folder, 'c.jsonl'), 'mine');
    tidyMarbles((helpers) => {
      typing(helpers, ['record', 'c.jsonl', 'com.x'], ({ written, codes }) => {
        expect(written.stderr).toContain('EEXIST');
        expect(codes).toEqual([1]);
        expect(readFileSync(join(folder, 'c.jsonl'), 'utf8')).toBe('mine');
      }, { folder });
    });
  });

  it('is given a topic', () => {
    tidyMarbles((helpers) => {
      typing(helpers, ['record', 'd.jsonl'], ({ codes }) => expect(codes).toEqual([2]), { folder });
    });
  });
});
