import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client } from 'rxwamp';
import { createRouter, type ListeningRouter } from 'rxwamp/router';
import { installPacked } from '../support/packed.ts';
import { ROOT } from '../support/sources.ts';
import { tools } from '../support/tools.ts';

/** Milliseconds for one bundler, on a busy machine. */
const LIMIT = 120_000;

/** What most programs for a page begin with; `url`, `done` and `failed` are what the page has. */
const CLIENT = `
  import { createClient } from 'rxwamp';
  import { msgpack } from 'rxwamp/serializers/msgpack';
  const client = createClient({ url, realm: 'realm1', serializers: [msgpack()] });
  client.call('com.math.add', [2, 3]).subscribe({ next: ({ args: [sum] }) => { done(sum); client.close(); }, error: failed });
`;
const SMALL = CLIENT.replace("'rxwamp'", "'rxwamp/core'").replace(/.*msgpack.*\n/, '').replace(', serializers: [msgpack()]', '');
const WITH_ROUTER = `
  import { createClient } from 'rxwamp';
  import { createRouter } from 'rxwamp/router';
  const router = createRouter({ realms: { realm1: {} } });
  const client = createClient({ transport: router.link(), realm: 'realm1' });
  client.register('com.math.add', ({ args: [a, b] }) => a + b).subscribe({ error: failed });
  client.call('com.math.add', [2, 3]).subscribe({ next: ({ args: [sum] }) => { done(sum); client.close(); }, error: failed });
`;

const PAGE = join(ROOT, '.build/spec/support/run-in-page.js');

interface Bundled {
  readonly file: string;
  /** Whatever it complained of. */
  readonly warnings: readonly string[];
}

type Bundler = (folder: string, modules: string) => Promise<Bundled>;

function run(program: string, args: readonly string[], cwd: string, timeout = LIMIT): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NODE_ENV: undefined };
    execFile(process.execPath, [program, ...args], { cwd, env, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${program} failed: ${stdout}${stderr}`));
    });
  });
}

const linesWith = (output: string, words: RegExp): readonly string[] => output.split('\n').filter((line) => words.test(line));

/** Each as it is without configuration. */
const BUNDLERS: { readonly [name: string]: Bundler } = {
  esbuild: async (folder) => {
    const file = join(folder, 'bundle.js');
    const { warnings } = await build({ entryPoints: [join(folder, 'src/index.js')], bundle: true, outfile: file, logLevel: 'silent' });
    return { file, warnings: warnings.map(({ text }) => text) };
  },
  vite: async (folder, modules) => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/src/index.js"></script>');
    const output = await run(join(modules, 'vite/bin/vite.js'), ['build'], folder);
    const assets = join(folder, 'dist/assets');
    const [file = '', ...others] = readdirSync(assets);
    if (others.length > 0) throw new Error(`vite must make one file, got ${String(others)} too`);
    return { file: join(assets, file), warnings: linesWith(output, /warn|externalized/i) };
  },
  webpack: async (folder, modules) => {
    const output = await run(join(modules, 'webpack/bin/webpack.js'), ['--mode', 'production'], folder);
    return { file: join(folder, 'dist/main.js'), warnings: linesWith(output, /^(WARNING in (?!asset size|entrypoint size|webpack performance)|ERROR)/) }; // the sizes are known
  },
};

const modules = await tools({ 'vite': '8.3.8', 'webpack': '5.112.2', 'webpack-cli': '7.3.1' });
const consumer = await installPacked();
const describeEach = modules === undefined || consumer === undefined ? describe.skip : describe;
let count = 0;

afterAll(() => consumer?.remove());

describeEach('the package in a bundle (left out where bundlers cannot be installed)', () => {
  describe.each(Object.entries(BUNDLERS))('by %s', (name, bundle) => {
    let router: ListeningRouter;
    let url: string;
    let adder: Client;

    beforeEach(async () => {
      router = createRouter({ realms: { realm1: {} } });
      url = (await router.listen('ws://127.0.0.1:0/ws')).url;
      adder = createClient({ transport: router.link(), realm: 'realm1' });
      adder.register<[a: number, b: number]>('com.math.add', ({ args: [a, b] }) => a + b).subscribe();
      await adder.connect();
    });

    afterEach(async () => {
      await adder.close();
      await router.close();
    });

    describe.each([['a client', CLIENT], ['a client of rxwamp/core', SMALL], ['a client and a router', WITH_ROUTER]])('%s', (_what, source) => {
      let bundled: Bundled;

      beforeAll(async () => {
        count += 1;
        const folder = join(consumer!.folder, `app-${name}-${String(count)}`);
        mkdirSync(join(folder, 'src'), { recursive: true });
        writeFileSync(join(folder, 'src/index.js'), source);
        bundled = await bundle(folder, modules!);
      }, LIMIT);

      it('is built without a warning', () => {
        expect(bundled.warnings).toEqual([]);
      });

      it('has nothing of Node in it', () => {
        const code = readFileSync(bundled.file, 'utf8');
        expect(code.length).toBeGreaterThan(30_000);
        expect(['node:', 'Sec-WebSocket', 'permessage-deflate', 'createConnection', '__vite-browser-external', 'process.version'].filter((part) => code.includes(part))).toEqual([]);
      });

      it('runs', async () => {
        expect(await run(PAGE, [bundled.file, url], consumer!.folder, 20_000)).toBe('5\n');
      }, LIMIT);
    });
  });
});
