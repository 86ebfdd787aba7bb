import { build, transform, type Plugin } from 'esbuild';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from 'rxwamp';
import { ROOT } from './sources.ts';
import { tools, type Packages } from './tools.ts';

/** samples/ui as one program for a browser. */
export interface InBrowser {
  mount(element: unknown, client: Client): Promise<() => void>;
}

/** samples/ui as one program for a server. */
export interface OnServer {
  html(client: Client): Promise<string>;
}

interface Recipe {
  /** The recipe's file; the others in its folder are for all. */
  readonly file: string;
  /** What a program adds to the recipe to start it, where that is more than `mount`. */
  readonly start?: string;
  /** How this framework renders on a server: the statements of a function of `shop`. */
  readonly server: string;
  /** What the server's program imports. */
  readonly imports: string;
}

export const RECIPES: { readonly [framework: string]: Recipe } = {
  React: {
    file: 'react.tsx',
    imports: "import { createElement } from 'react'; import { renderToString } from 'react-dom/server'; import { ShopPanel } from './react.tsx';",
    server: 'return renderToString(createElement(ShopPanel, { shop }));',
  },
  Vue: {
    file: 'vue.ts',
    imports: "import { createSSRApp } from 'vue'; import { renderToString } from 'vue/server-renderer'; import { ShopPanel } from './vue.ts';",
    server: 'return renderToString(createSSRApp(ShopPanel, { shop }));',
  },
  Svelte: {
    file: 'svelte.ts',
    imports: "import { render } from 'svelte/server'; import ShopPanel from './ShopPanel.svelte';",
    server: 'return render(ShopPanel, { props: { shop } }).body;',
  },
  Solid: {
    file: 'solid.tsx',
    imports: "import { renderToString } from 'solid-js/web'; import { ShopPanel } from './solid.tsx';",
    server: 'return renderToString(() => ShopPanel({ shop }));',
  },
  Angular: {
    file: 'angular.ts',
    // What Angular's own tools compile ahead is compiled when it is loaded.
    start: "import '@angular/compiler';",
    imports: `
      import { provideServerRendering, renderApplication } from '@angular/platform-server';
      import { bootstrapApplication } from '@angular/platform-browser';
      import { ShopPanel, config } from './angular.ts';`,
    server: `
      const { providers } = config(shop);
      const bootstrap = (context) => bootstrapApplication(ShopPanel, { providers: [...providers, provideServerRendering()] }, context);
      return renderApplication(bootstrap, { document: '<shop-panel></shop-panel>' });`,
  },
};

const SAMPLES = join(ROOT, 'samples/ui');
/** A copy of the recipes, with their packages beside them; `rxwamp` is resolved to the package that the copy stands in. */
const WORK = join(ROOT, '.build/ui');

/** The packages of the recipes, `undefined` where they cannot be had. */
export function recipePackages(): Promise<string | undefined> {
  const { devDependencies } = JSON.parse(readFileSync(join(SAMPLES, 'package.json'), 'utf8')) as { readonly devDependencies: Packages };
  return tools(devDependencies);
}

/** Makes the copy; `folder` tells those of several specs apart. */
export function copyRecipes(modules: string, folder: string): string {
  const work = join(WORK, folder);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  for (const file of readdirSync(SAMPLES)) if (/\.(ts|tsx|svelte)$/.test(file)) cpSync(join(SAMPLES, file), join(work, file));
  symlinkSync(modules, join(work, 'node_modules'));
  return work;
}

/** What the compiler says about the copy: nothing, if all is well. */
export function checkRecipes(work: string): Promise<string> {
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noUnusedLocals',
    '--module', 'nodenext', '--target', 'es2022', '--allowImportingTsExtensions', '--verbatimModuleSyntax', '--skipLibCheck', '--jsx', 'react-jsx', '--types', ''];
  const files = readdirSync(work).filter((file) => /\.tsx?$/.test(file));
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...files], { cwd: work }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

export function browserProgram(work: string, framework: string): Promise<InBrowser> {
  const { file, start = '' } = RECIPES[framework]!;
  const code = `${start} import { mount as mountShop } from './${file}'; import { createShop } from './shop.ts';
    export const mount = async (element, client) => mountShop(element, createShop(client));`;
  return load<InBrowser>(work, framework, code, 'client');
}

export function serverProgram(work: string, framework: string): Promise<OnServer> {
  const { imports, server, start = '' } = RECIPES[framework]!;
  const code = `${start} ${imports} import { createShop } from './shop.ts';
    export const html = async (client) => { const shop = createShop(client); ${server} };`;
  return load<OnServer>(work, framework, code, 'server');
}

/** Vue asks bundlers for these. */
const VUE_FLAGS = { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' };

async function load<T>(work: string, framework: string, code: string, side: 'client' | 'server'): Promise<T> {
  const outfile = join(work, `${framework}.${side}.mjs`);
  await build({
    stdin: { contents: code, resolveDir: work, loader: 'ts' },
    bundle: true, outfile, format: 'esm', target: 'es2022', jsx: 'automatic', define: VUE_FLAGS,
    ...(side === 'client' ? { platform: 'browser', conditions: ['browser', 'development'] } : { platform: 'node', conditions: ['node', 'development'] }),
    // One rxjs and one rxwamp, the same as in the spec.
    external: ['rxjs', 'rxjs/*', 'rxwamp', 'rxwamp/*'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    plugins: [svelte(work, side), solid(work, side)],
    logLevel: 'silent',
  });
  return await import(pathToFileURL(outfile).href) as T;
}

type CompileSvelte = (source: string, options: object) => { readonly js: { readonly code: string } };

function svelte(work: string, generate: 'client' | 'server'): Plugin {
  return {
    name: 'svelte',
    setup({ onLoad }) {
      onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
        const { compile } = await import(pathToFileURL(join(work, 'node_modules/svelte/src/compiler/index.js')).href) as { readonly compile: CompileSvelte };
        return { contents: compile(readFileSync(path, 'utf8'), { generate, dev: true, filename: path }).js.code };
      });
    },
  };
}

interface Babel {
  transformSync(code: string, options: object): { readonly code: string };
}

function solid(work: string, side: 'client' | 'server'): Plugin {
  const generate = side === 'client' ? 'dom' : 'ssr';
  return {
    name: 'solid',
    setup({ onLoad }) {
      onLoad({ filter: /solid\.tsx$/ }, async ({ path }) => {
        const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'tsx', jsx: 'preserve', target: 'es2022', tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } });
        const require = createRequire(join(work, 'any.js'));
        const { transformSync } = require('@babel/core') as Babel;
        return { contents: transformSync(code, { presets: [[require('babel-preset-solid'), { generate }]], configFile: false, babelrc: false }).code };
      });
    },
  };
}
