import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { SqliteDatabase } from '../../lib/router/sqlite.ts';
import { ROOT } from './sources.ts';

/** A database that a spec has opened. */
export interface OpenDatabase extends SqliteDatabase {
  close(): void;
}

/** One way to SQLite; without `open` it is not to be had here. */
export interface Driver {
  readonly name: string;
  readonly open: ((file: string) => OpenDatabase) | undefined;
}

type Open = new (file: string) => OpenDatabase;

function nodeSqlite(): Open | undefined {
  const { getBuiltinModule } = process as { readonly getBuiltinModule?: (id: string) => unknown };
  return (getBuiltinModule?.('node:sqlite') as { readonly DatabaseSync: Open } | undefined)?.DatabaseSync;
}

/** RXWAMP_SQLITE names a folder of node_modules with better-sqlite3 in it: it is no dependency of ours, as it brings a binary. */
function betterSqlite(): Open | undefined {
  try {
    return createRequire(join(process.env['RXWAMP_SQLITE'] ?? join(ROOT, 'node_modules'), 'any.js'))('better-sqlite3') as Open;
  } catch {
    return undefined;
  }
}

const driver = (name: string, Database: Open | undefined): Driver => ({ name, open: Database && ((file) => new Database(file)) });

export const DRIVERS: readonly Driver[] = [
  driver('node:sqlite (left out where Node has none)', nodeSqlite()),
  driver('better-sqlite3 (left out where RXWAMP_SQLITE names no node_modules that has it)', betterSqlite()),
];
