/**
 * Keeps retained events and histories in an SQLite database, so that they outlive the router.
 *
 * @module rxwamp/router/sqlite
 */
import type { Id, Uri } from '../types.ts';
import type { EventStore, HistoryBounds, KeptEvent, RealmEvents, StorePort } from './core/events/event-store.ts';
import { readRow, writeRow } from './sqlite-row.ts';

export type { EventStore } from './core/events/event-store.ts';

/** An open database: one of `node:sqlite` (`DatabaseSync`), or of the package better-sqlite3. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

/** A statement of an {@link SqliteDatabase}. */
export interface SqliteStatement {
  run(...parameters: SqliteValue[]): unknown;
  get(...parameters: SqliteValue[]): unknown;
  all(...parameters: SqliteValue[]): unknown[];
}

/** What is written into a database. */
export type SqliteValue = string | number | Uint8Array;

/**
 * Keeps events in the tables `rxwamp_history` and `rxwamp_retained` of a database, which are made where they are not there. What the events of
 * one turn of the event loop write is written at its end, in one transaction; what cannot be written is reported to the router's log and lost,
 * and no publisher hears of it. The database is yours: `router.close()` writes what waits, and leaves it open.
 *
 * ```ts
 * import { DatabaseSync } from 'node:sqlite';
 *
 * const database = new DatabaseSync('events.db');
 * const router = createRouter({ realms: { realm1: { store: sqliteStore(database), history: [{ uri: 'com.shop.price' }] } } });
 * ```
 *
 * A database is for one router at a time. What it has of a history that is in the options no more stays in it. Throws what the database throws
 * where the tables cannot be made or read.
 */
export function sqliteStore(database: SqliteDatabase): EventStore {
  database.exec(TABLES);
  return { open: (realm, port) => new SqliteEvents(database, realm, port) };
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS rxwamp_history (
    place INTEGER PRIMARY KEY AUTOINCREMENT, history TEXT NOT NULL, publication TEXT NOT NULL, size INTEGER NOT NULL, event BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS rxwamp_history_place ON rxwamp_history (history, place);
  CREATE INDEX IF NOT EXISTS rxwamp_history_publication ON rxwamp_history (history, publication);
  CREATE TABLE IF NOT EXISTS rxwamp_retained (
    place INTEGER PRIMARY KEY AUTOINCREMENT, realm TEXT NOT NULL, topic TEXT NOT NULL, event BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS rxwamp_retained_topic ON rxwamp_retained (realm, topic);
`;

/** Rows that are read at a time, so that a long history is not in memory all at once. */
const PAGE = 100;

/** What there is of a history, so that its bounds are kept without counting. */
interface Extent {
  events: number;
  bytes: number;
}

class SqliteEvents implements RealmEvents {
  readonly #database: SqliteDatabase;
  readonly #realm: Uri;
  readonly #port: StorePort;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #extents = new Map<HistoryBounds, Extent>();
  /** Histories that have lost an event: what is before the gap is of no use, as nobody could see the gap. */
  readonly #torn = new Set<HistoryBounds>();
  #waiting: (() => void)[] = [];
  #written: HistoryBounds[] = [];
  #lastRow: { readonly event: KeptEvent; readonly row: Uint8Array } | undefined;

  constructor(database: SqliteDatabase, realm: Uri, port: StorePort) {
    this.#database = database;
    this.#realm = realm;
    this.#port = port;
  }

  append(history: HistoryBounds, event: KeptEvent): void {
    const row = this.#rowOf(event);
    this.#written.push(history);
    this.#write(() => {
      if (this.#torn.has(history) || row === undefined) this.#clear(history);
      if (row === undefined) return;
      const extent = this.#extentOf(history);
      this.#run('INSERT INTO rxwamp_history (history, publication, size, event) VALUES (?, ?, ?, ?)', this.#keyOf(history), String(event.publication), event.size, row);
      extent.events += 1;
      extent.bytes += event.size;
      this.#trim(history, extent);
    });
  }

  * scan(history: HistoryBounds, from: Id | undefined, reverse: boolean): Generator<KeptEvent> {
    this.#flush();
    const key = this.#keyOf(history);
    let place = reverse ? Number.MAX_SAFE_INTEGER : 0;
    if (from !== undefined) {
      const first = this.#statement('SELECT place FROM rxwamp_history WHERE history = ? AND publication = ?').get(key, String(from));
      if (first === undefined || first === null) return;
      place = placeOf(first) + (reverse ? 1 : -1);
    }
    const [than, order] = reverse ? ['<', 'DESC'] : ['>', 'ASC'];
    const page = this.#statement(`SELECT place, event FROM rxwamp_history WHERE history = ? AND place ${than} ? ORDER BY place ${order} LIMIT ${PAGE}`);
    for (;;) {
      const rows = page.all(key, place);
      yield* this.#read(rows);
      if (rows.length < PAGE) return;
      place = placeOf(rows.at(-1));
    }
  }

  retained(): Iterable<KeptEvent> {
    return this.#read(this.#statement('SELECT event FROM rxwamp_retained WHERE realm = ? ORDER BY place').all(this.#realm));
  }

  retain(topic: Uri, events: readonly KeptEvent[]): void {
    const rows = events.map((event) => this.#rowOf(event)).filter((row) => row !== undefined);
    this.#write(() => {
      this.#run('DELETE FROM rxwamp_retained WHERE realm = ? AND topic = ?', this.#realm, topic);
      for (const row of rows) this.#run('INSERT INTO rxwamp_retained (realm, topic, event) VALUES (?, ?, ?)', this.#realm, topic, row);
    });
  }

  close(): void {
    this.#flush();
  }

  #write(task: () => void): void {
    this.#waiting.push(task);
    if (this.#waiting.length === 1) this.#port.later(() => this.#flush());
  }

  #flush(): void {
    const [tasks, written] = [this.#waiting, this.#written];
    if (tasks.length === 0) return;
    [this.#waiting, this.#written] = [[], []];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const task of tasks) task();
      this.#database.exec('COMMIT');
      for (const history of written) this.#torn.delete(history);
    } catch (error) {
      this.#rollBack();
      for (const history of written) this.#torn.add(history);
      // What was counted did not come to be.
      this.#extents.clear();
      this.#port.log?.warn(`events of ${this.#realm} cannot be written: ${tasks.length} changes are lost`, error);
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // It had not begun.
    }
  }

  #clear(history: HistoryBounds): void {
    this.#run('DELETE FROM rxwamp_history WHERE history = ?', this.#keyOf(history));
    this.#extents.set(history, { events: 0, bytes: 0 });
  }

  #trim(history: HistoryBounds, extent: Extent): void {
    while (extent.events > history.limit || extent.bytes > history.bytes) {
      const oldest = this.#statement('SELECT place, size FROM rxwamp_history WHERE history = ? ORDER BY place LIMIT 1').get(this.#keyOf(history));
      if (oldest === undefined || oldest === null) return;
      this.#run('DELETE FROM rxwamp_history WHERE place = ?', placeOf(oldest));
      extent.events -= 1;
      extent.bytes -= Number((oldest as { readonly size?: unknown }).size);
    }
  }

  #extentOf(history: HistoryBounds): Extent {
    let extent = this.#extents.get(history);
    if (extent === undefined) {
      const counted = this.#statement('SELECT COUNT(*) AS events, COALESCE(SUM(size), 0) AS bytes FROM rxwamp_history WHERE history = ?').get(this.#keyOf(history));
      const sums = counted as { readonly events: unknown; readonly bytes: unknown };
      extent = { events: Number(sums.events), bytes: Number(sums.bytes) };
      this.#extents.set(history, extent);
    }
    return extent;
  }

  * #read(rows: readonly unknown[]): Generator<KeptEvent> {
    for (const row of rows) {
      const event = readRow((row as { readonly event?: unknown }).event);
      if (event instanceof Error) this.#port.log?.warn(`an event of ${this.#realm} cannot be read`, event);
      else yield event;
    }
  }

  // One event may be of several histories, and be retained.
  #rowOf(event: KeptEvent): Uint8Array | undefined {
    if (this.#lastRow?.event === event) return this.#lastRow.row;
    try {
      const row = writeRow(event);
      this.#lastRow = { event, row };
      return row;
    } catch (error) {
      this.#port.log?.warn(`an event of ${this.#realm} cannot be written`, error);
      return undefined;
    }
  }

  #keyOf({ uri, match }: HistoryBounds): string {
    // URIs have no spaces.
    return `${this.#realm} ${match} ${uri}`;
  }

  #run(sql: string, ...parameters: SqliteValue[]): void {
    this.#statement(sql).run(...parameters);
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}

function placeOf(row: unknown): number {
  return Number((row as { readonly place?: unknown }).place);
}
