import { build } from 'esbuild';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.ts';

const PAGES = join(ROOT, 'spec/browser/pages');

/** Serves the scripts of spec/browser/pages, bundled, and a page around each: an origin that browsers trust, since it is this machine. */
export class PageServer {
  readonly #server: Server;
  readonly #bundles = new Map<string, Promise<string>>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<PageServer> {
    const server = createServer();
    const pages = new PageServer(server);
    server.on('request', ({ url }, response) => void pages.#answer(new URL(url ?? '/', 'http://127.0.0.1').pathname, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return pages;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  pageOf(script: string): string {
    return `${this.origin}/${script}.html`;
  }

  scriptOf(script: string): string {
    return `${this.origin}/${script}.js`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    const [, name, kind] = /^\/([a-z-]+)\.(html|js)$/.exec(path) ?? [];
    if (name === undefined) {
      // Browsers ask for an icon, and would write an error to the console for a 404.
      response.writeHead(204).end();
    } else if (kind === 'html') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><title>${name}</title><script type="module" src="/${name}.js"></script><body></body>`);
    } else {
      const code = await this.#bundleOf(name).catch((error: unknown) => `throw new Error(${JSON.stringify(String(error))});`);
      response.setHeader('content-type', 'text/javascript; charset=utf-8');
      response.end(code);
    }
  }

  #bundleOf(name: string): Promise<string> {
    const bundle = this.#bundles.get(name) ?? bundled(join(PAGES, `${name}.ts`));
    this.#bundles.set(name, bundle);
    return bundle;
  }
}

async function bundled(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file], bundle: true, write: false, format: 'esm', target: 'es2022', platform: 'browser', conditions: ['es2015', 'module'], sourcemap: 'inline',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
