/** Serves the page of samples/browser on the port of the router, and cuts the lines of pages that ask for it. */
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { defer, finalize, ignoreElements, timer, type Observable } from 'rxjs';

const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

// This file runs from where it was compiled to; the page and its style stay where they were written.
const WRITTEN = new URL('../../../samples/browser/', import.meta.url);
const SCRIPT = fileURLToPath(new URL('../browser/main.js', import.meta.url));

/** What the server has, by path. Nothing else is read from the disk, whatever is asked for. */
const FILES: ReadonlyMap<string, readonly [type: keyof typeof TYPES, read: () => Promise<string>]> = new Map([
  ['/', ['html', () => readFile(new URL('index.html', WRITTEN), 'utf8')]],
  ['/style.css', ['css', () => readFile(new URL('style.css', WRITTEN), 'utf8')]],
  ['/charts.css', ['css', () => readFile(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8')]],
  ['/main.js', ['js', bundled]],
]);

async function bundled(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [SCRIPT], bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform: 'browser' });
  return outputFiles[0]?.text ?? '';
}

export class PageServer {
  /** The one to listen with: it answers for the page, and leaves WebSockets to whoever else listens on it. */
  readonly http: Server = createServer((request, response) => void this.#answer(request, response));
  readonly #files = new Map<string, Promise<string>>();
  readonly #lines = new Map<string, Set<Duplex>>();
  readonly #cut = new Set<string>();

  constructor() {
    this.http.on('upgrade', (request, socket: Duplex) => this.#connect(pageOf(request), socket));
  }

  /** Destroys the connections of a page without a word and refuses new ones for `ms`; then completes. */
  cut(page: string, ms: number): Observable<never> {
    return defer(() => {
      this.#cut.add(page);
      for (const socket of this.#lines.get(page) ?? []) socket.destroy();
      return timer(ms);
    }).pipe(ignoreElements(), finalize(() => this.#cut.delete(page)));
  }

  // Before the router sees it, which leaves a socket alone that is gone.
  #connect(page: string, socket: Duplex): void {
    if (this.#cut.has(page)) return void socket.destroy();
    const lines = this.#lines.get(page) ?? new Set();
    this.#lines.set(page, lines.add(socket));
    socket.once('close', () => {
      lines.delete(socket);
      if (lines.size === 0) this.#lines.delete(page);
    });
  }

  async #answer({ url = '/', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.split('?', 1)[0] ?? '/';
    const file = FILES.get(path);
    if (file === undefined || method !== 'GET') {
      response.writeHead(file === undefined ? 404 : 405).end();
      return;
    }
    const [type, read] = file;
    const text = this.#files.get(path) ?? read();
    this.#files.set(path, text);
    try {
      response.writeHead(200, { 'Content-Type': TYPES[type], 'Content-Security-Policy': "default-src 'self'; img-src 'self' data:", 'X-Content-Type-Options': 'nosniff' }).end(await text);
    } catch (error) {
      this.#files.delete(path);
      response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${(error as Error).message}\n`);
    }
  }
}

/** The name that a page gives itself where it connects. */
function pageOf({ url = '/' }: IncomingMessage): string {
  return new URLSearchParams(url.split('?')[1]).get('page') ?? '';
}
