/**
 * Pages in a headless Chromium: each runs a script of spec/browser/pages, bundled for browsers from its TypeScript, and fails its spec where anything
 * in it throws or is written to the console as an error. Where no Chromium is found, the specs are skipped, and say so by their names.
 */
import { afterAll, afterEach, beforeAll, describe, expect, jest } from '@jest/globals';
import { accessSync, constants } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { PageServer } from './page-server.ts';

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is: the environment's CHROMIUM, or where systems install it. */
const EXECUTABLE: string | undefined = PLACES.find((place) => place !== undefined && place !== '' && isExecutable(place));

/** A spec takes a second or two where nothing else runs. */
const LIMIT_MS = 60_000;
/** How long a spec waits for what a page is to show or to do, in milliseconds: a busy machine makes ten seconds of one. */
export const PATIENCE_MS = 20_000;

/** Options of {@link Stage.open}. */
export interface OpenOptions {
  /** What the script reads as `location.search`. */
  readonly params?: Readonly<Record<string, string>>;
  /** Errors in the console that belong to the play: browsers tell there of each connection that fails. */
  readonly tolerates?: RegExp | undefined;
}

/** A browser, afresh for each spec: pages of one spec share their origin, its workers and its storage, and nothing with the next one. */
export interface Stage {
  /** Opens a tab that runs `spec/browser/pages/<script>.ts`. Resolves when the document is loaded, and the script has begun. */
  open(script: string, options?: OpenOptions): Promise<Page>;
  /** Opens a tab at a URL of another server. */
  visit(url: string, options?: Pick<OpenOptions, 'tolerates'>): Promise<Page>;
  /** Where a bundled script of spec/browser/pages is served, as a page or a worker loads it. */
  urlOf(script: string): string;
}

/** A `describe` for specs in Chromium, or one that is skipped where there is none. */
export function describeInChromium(name: string, specs: (stage: Stage) => void): void {
  jest.setTimeout(LIMIT_MS);
  (EXECUTABLE === undefined ? describe.skip : describe)(EXECUTABLE === undefined ? `${name} (left out: there is no Chromium)` : name, () => {
    const stage = new ChromiumStage();
    beforeAll(() => stage.raise());
    afterEach(() => stage.clear());
    afterAll(() => stage.strike());
    specs(stage);
  });
}

/** Waits until a page shows a text, and says what it shows where it does not in time. */
export async function expectText(page: Page, text: string): Promise<void> {
  try {
    await page.waitForFunction((expected) => document.body.textContent === expected, text, { timeout: PATIENCE_MS, polling: 20 });
  } catch {
    expect(await page.evaluate(() => document.body.textContent)).toBe(text);
  }
}

class ChromiumStage implements Stage {
  readonly #failures: string[] = [];
  #browser: Browser | undefined;
  #server: PageServer | undefined;
  #context: BrowserContext | undefined;

  async raise(): Promise<void> {
    if (EXECUTABLE === undefined) throw new TypeError('without Chromium no spec is run');
    this.#server = await PageServer.start();
    // Chromium has no sandbox for root.
    this.#browser = await chromium.launch({ executablePath: EXECUTABLE, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  }

  async open(script: string, { params = {}, tolerates }: OpenOptions = {}): Promise<Page> {
    if (this.#server === undefined) throw new TypeError('the browser starts before the first spec');
    return this.visit(`${this.#server.pageOf(script)}?${new URLSearchParams(params)}`, { tolerates });
  }

  async visit(url: string, { tolerates }: Pick<OpenOptions, 'tolerates'> = {}): Promise<Page> {
    if (this.#browser === undefined) throw new TypeError('the browser starts before the first spec');
    this.#context ??= await this.#browser.newContext();
    const page = await this.#context.newPage();
    const fail = (failure: string): void => {
      if (tolerates?.test(failure) !== true) this.#failures.push(`${url}: ${failure}`);
    };
    page.on('pageerror', (error) => fail(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') fail(message.text());
    });
    await page.goto(url);
    return page;
  }

  urlOf(script: string): string {
    if (this.#server === undefined) throw new TypeError('the browser starts before the first spec');
    return this.#server.scriptOf(script);
  }

  /** Closes the pages of a spec, and fails it for what went wrong in them. */
  async clear(): Promise<void> {
    const failures = this.#failures.splice(0);
    await this.#context?.close();
    this.#context = undefined;
    expect(failures).toEqual([]);
  }

  async strike(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.close();
  }
}

function isExecutable(place: string): boolean {
  try {
    accessSync(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
