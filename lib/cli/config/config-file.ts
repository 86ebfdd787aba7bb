import { readFileSync, statSync, unwatchFile, watchFile, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Observable } from 'rxjs';
import type { TlsConfig } from './config.ts';
import { readConfig, type ReadConfig } from './read-config.ts';

const MOST_BYTES = 2 ** 20;
const WATCH_PERIOD = 500;

/** Reads the file. Throws {@link ConfigError} over what is wrong in it, and an Error where it cannot be read. */
export function readConfigFile(file: string): ReadConfig {
  const text = reading(file, () => {
    if (statSync(file).size > MOST_BYTES) throw new RangeError(`it must not be longer than ${MOST_BYTES} bytes`);
    return readFileSync(file, 'utf8');
  });
  return readConfig(text.replace(/^\ufeff/, ''), file);
}

/** What the files for TLS of the configuration hold. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  /** Clients are asked for a certificate; the method `tls` looks at it. */
  readonly requestCert?: true;
  readonly rejectUnauthorized?: false;
}

/** The files for TLS of the configuration. Throws an Error where one cannot be read, or is none. */
export function tlsFiles({ cert, key, ca }: TlsConfig, file: string): TlsFiles {
  const read = (name: string): Buffer => {
    const path = resolve(dirname(file), name);
    return reading(path, () => readFileSync(path));
  };
  const files = { cert: read(cert), key: read(key), ...(ca !== undefined && { ca: read(ca), requestCert: true, rejectUnauthorized: false } as const) };
  reading(key, () => createSecureContext(files));
  return files;
}

/** Emits each time that the file has changed. */
export function changesOf(file: string): Observable<void> {
  return new Observable((subscriber) => {
    const look = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs && now.mtimeMs > 0) subscriber.next();
    };
    watchFile(file, { interval: WATCH_PERIOD }, look);
    return () => unwatchFile(file, look);
  });
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
