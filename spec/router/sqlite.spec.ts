import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { HistoryBounds, KeptEvent, RealmEvents, StorePort } from '../../lib/router/core/events/event-store.ts';
import { memoryStore } from '../../lib/router/core/events/memory-store.ts';
import { createRouter } from '../../lib/router/index.ts';
import { sqliteStore, type SqliteDatabase } from '../../lib/router/sqlite.ts';
import { kept, keptEvents } from '../support/kept-events.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';
import { DRIVERS, type OpenDatabase } from '../support/sqlite.ts';

const { EVENT, RESULT } = MessageType;
const bounds = (limit: number, bytes = Infinity, uri = 'com.a'): HistoryBounds => ({ uri, match: 'exact', limit, bytes });
const ids = (events: Iterable<KeptEvent>): readonly number[] => [...events].map(({ publication }) => publication);

/** The end of a turn, at a word. */
class Turn implements StorePort {
  readonly warnings: string[] = [];
  readonly log = { debug: () => {}, warn: (message: string) => { this.warnings.push(message); } };
  tasks: (() => void)[] = [];
  readonly later = (task: () => void): void => { this.tasks.push(task); };
  end(): void {
    for (const task of this.tasks.splice(0)) task();
  }
}

describe.each(DRIVERS)('sqliteStore over $name', ({ open }) => {
  // oxlint-disable-next-line jest/no-disabled-tests -- named with what is missing, for a machine that has it
  if (open === undefined) return it.skip('keeps events', () => {});
  let folder = '';
  let file = '';
  const opened: OpenDatabase[] = [];
  const database = (): OpenDatabase => {
    const one = open(file);
    opened.push(one);
    return one;
  };
  beforeEach(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'rxwamp-sqlite-'));
    file = joinPath(folder, 'events.db');
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
    rmSync(folder, { recursive: true });
  });

  it('gives a router that is started again what it kept', async () => {
    const start = () => createRouter({ realms: { realm1: { store: sqliteStore(database()), history: [{ uri: 'com.', match: 'prefix' }] } } });
    const first = start();
    join(first.link()).send([16, 1, { retain: true }, 'com.a', [1], { unit: 'EUR' }], [16, 2, {}, 'com.b', [2]]);
    await first.close({ drain: 0 });

    const peer: RawPeer = join(start().link());
    peer.send([32, 1, { match: 'prefix', get_retained: true }, 'com.'], [48, 2, {}, 'wamp.subscription.get_events', [1]]);

    expect(peer.of(EVENT)).toEqual([[36, 1, expect.any(Number), { retained: true, topic: 'com.a' }, [1], { unit: 'EUR' }]]);
    expect(peer.of(RESULT)[0]?.[3]).toEqual([
      expect.objectContaining({ details: { topic: 'com.a' }, args: [1], kwargs: { unit: 'EUR' } }), expect.objectContaining({ details: { topic: 'com.b' }, args: [2] }),
    ]);
  });

  it('writes what one turn brings in one transaction, at its end', () => {
    const turn = new Turn();
    const inner = database();
    const exec = jest.fn((sql: string) => inner.exec(sql));
    const events = sqliteStore({ exec, prepare: (sql) => inner.prepare(sql) }).open('realm1', turn);
    const other = open(file);
    const rows = (): unknown => other.prepare('SELECT COUNT(*) AS n FROM rxwamp_history').get();

    for (const event of keptEvents(5)) events.append(bounds(10), event);
    events.retain('com.a', [kept()]);
    const before = rows();
    turn.end();

    expect([before, rows()]).toEqual([expect.objectContaining({ n: 0 }), expect.objectContaining({ n: 5 })]);
    expect(exec.mock.calls.filter(([sql]) => sql.startsWith('BEGIN'))).toHaveLength(1);
    other.close();
  });

  it('keeps what a memory keeps, through any number of starts', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), at: fc.nat(1), size: fc.integer({ min: 1, max: 40 }) }) },
      { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
    );
    let run = 0;
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 20, max: 200 }), (steps, limit, bytes) => {
      const histories = [bounds(limit, bytes), bounds(limit, bytes, 'com.b')];
      const memory = memoryStore().open('realm1', new Turn());
      const turn = new Turn();
      const db = database();
      const realm = `realm${++run}`;
      let events: RealmEvents = sqliteStore(db).open(realm, turn);

      steps.forEach((current, n) => {
        if (current.do === 'turn') return turn.end();
        if (current.do === 'start') {
          events.close();
          events = sqliteStore(db).open(realm, turn);
          return;
        }
        const event = kept({ publication: n + 1, size: current.size, args: [n] });
        for (const store of [memory, events]) store.append(histories[current.at]!, event);
      });

      for (const history of histories) {
        const all = ids(memory.scan(history, undefined, false));
        for (const from of [undefined, ...all, 99]) {
          for (const reverse of [false, true]) expect(ids(events.scan(history, from, reverse))).toEqual(ids(memory.scan(history, from, reverse)));
        }
      }
    }), { numRuns: 40 });
  });

  it('reads a long history in pieces', () => {
    const events = sqliteStore(database()).open('realm1', new Turn());
    const history = bounds(1000);
    const all = keptEvents(250);
    for (const event of all) events.append(history, event);

    expect(ids(events.scan(history, undefined, false))).toEqual(ids(all));
    expect(ids(events.scan(history, 240, true))).toEqual(ids(all).slice(0, 240).toReversed());
  });

  it('retains the last word on each topic, and keeps realms apart', () => {
    const db = database();
    const [one, other] = ['realm1', 'realm2'].map((realm) => sqliteStore(db).open(realm, new Turn()));
    one!.retain('com.a', [kept({ publication: 1 })]);
    one!.retain('com.b', [kept({ publication: 2, topic: 'com.b' })]);
    other!.retain('com.a', [kept({ publication: 3 })]);
    one!.retain('com.a', [kept({ publication: 4 }), kept({ publication: 5, lists: { excludeAuthid: ['ann'] } })]);
    one!.retain('com.b', []);
    for (const store of [one!, other!]) store.close();

    expect([...sqliteStore(db).open('realm1', new Turn()).retained()]).toEqual([kept({ publication: 4 }), kept({ publication: 5, lists: { excludeAuthid: ['ann'] } })]);
    expect(ids(sqliteStore(db).open('realm2', new Turn()).retained())).toEqual([3]);
  });

  it('leaves out rows that are spoilt, and says so', () => {
    const db = database();
    const turn = new Turn();
    const events = sqliteStore(db).open('realm1', turn);
    for (const event of keptEvents(3)) events.append(bounds(10), event);
    turn.end();

    db.exec('UPDATE rxwamp_history SET event = x\'00ff\' WHERE publication = \'2\'');

    expect(ids(events.scan(bounds(10), undefined, false))).toEqual([1, 3]);
    expect(turn.warnings).toEqual(['an event of realm1 cannot be read']);
  });

  it('reports what it cannot write, and forgets the history before the gap', () => {
    const inner = database();
    let isFull = false;
    const failing: SqliteDatabase = {
      exec: (sql) => {
        if (isFull && sql === 'COMMIT') throw new Error('disk is full');
        return inner.exec(sql);
      },
      prepare: (sql) => inner.prepare(sql),
    };
    const turn = new Turn();
    const events = sqliteStore(failing).open('realm1', turn);
    const [first, lost, next] = keptEvents(3);
    const append = (event: KeptEvent | undefined): void => {
      events.append(HISTORY, event!);
      turn.end();
    };

    append(first);
    isFull = true;
    append(lost);
    isFull = false;
    append(next);

    expect(turn.warnings).toEqual(['events of realm1 cannot be written: 1 changes are lost']);
    expect(ids(events.scan(HISTORY, undefined, false))).toEqual([3]);
  });

  it('forgets the history before an event that no database can carry', () => {
    const turn = new Turn();
    const events = sqliteStore(database()).open('realm1', turn);
    const [first, , next] = keptEvents(3);

    for (const event of [first!, kept({ publication: 2, args: [1n << 80n] }), next!]) events.append(HISTORY, event);

    expect(ids(events.scan(HISTORY, undefined, false))).toEqual([3]);
    expect(turn.warnings).toEqual(['an event of realm1 cannot be written']);
  });
});

const HISTORY = bounds(10);
