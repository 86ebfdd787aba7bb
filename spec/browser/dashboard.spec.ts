import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Page } from 'playwright-core';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/node.ts';
import { programOf, sha256OfLib } from '../support/samples.ts';
import { ROOT } from '../support/sources.ts';
import { PATIENCE_MS, describeInChromium } from './support/chromium.ts';

const CPU = 'com.example.machine.cpu';

/** A line that is cut is told in the console. */
const tolerates = /WebSocket connection/;
const PATIENCE = { timeout: PATIENCE_MS, polling: 20 };

/** What the page shows of the cores at one moment. */
interface Shown {
  readonly first: number;
  readonly last: number;
  readonly missing: string;
  readonly loads: readonly string[];
}

describeInChromium('the page of npm start', (stage) => {
  let demonstration: ChildProcess;
  let at: string;
  let client: Client;
  const published = new Map<number, readonly string[]>();

  beforeAll(async () => {
    demonstration = spawn(process.execPath, [programOf('start/main'), '--keep', '--port', '0', '--seconds', '5'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(demonstration.stdout!.setEncoding('utf8'), 'data')) as [string];
    at = /http:\S+/.exec(line)?.[0] ?? '';
    client = createClient({ url: `${at.replace('http', 'ws')}ws`, realm: 'realm1' });
    client.topic<[loads: number[]], { seq: number }>(CPU).subscribe(({ args: [loads], kwargs: { seq } }) => {
      published.set(seq, loads.map((load) => `${(load * 100).toFixed(0)} %`));
    });
    await client.connect();
  });

  afterAll(async () => {
    await client.close();
    demonstration.kill('SIGKILL');
  });

  const visit = (): Promise<Page> => stage.visit(at, { tolerates });
  const textOf = async (page: Page, id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? '';
  const until = async (page: Page, id: string, pattern: RegExp): Promise<string> => {
    await page.waitForFunction(([place, source]) => new RegExp(source!).test(document.querySelector(`#${place}`)?.textContent ?? ''), [id, pattern.source], PATIENCE);
    return textOf(page, id);
  };
  const shown = (page: Page): Promise<Shown> => page.evaluate(() => {
    const [, first, last, missing] = /^samples (\d+) to (\d+), (.+) missing$/.exec(document.querySelector('#samples')?.textContent ?? '') ?? [];
    return { first: Number(first), last: Number(last), missing: String(missing), loads: [...document.querySelectorAll('#cpu-now span')].map(({ textContent }) => String(textContent)) };
  });
  const shownFrom = async (page: Page, seq: number): Promise<Shown> => {
    await page.waitForFunction((least) => Number(/to (\d+),/.exec(document.querySelector('#samples')?.textContent ?? '')?.[1]) >= least, seq, PATIENCE);
    return shown(page);
  };

  it('shows what is published, what was published before it came, and what was published while its line was cut', async () => {
    const page = await visit();
    const seen: Shown[] = [await shownFrom(page, 0)];
    for (let n = 0; n < 4; n++) seen.push(await shownFrom(page, seen.at(-1)!.last + 1));

    await page.click('#cut');
    const before = await until(page, 'state', /^attempt \d in \d\.\d s$/);
    await page.waitForFunction((text) => document.querySelector('#state')?.textContent !== text, before, PATIENCE);
    expect(await textOf(page, 'why')).toMatch(/^connection (was lost|cannot be opened)/);
    const cut = await shown(page);
    await until(page, 'state', /^joined$/);
    const notes = await until(page, 'notes', /samples that were missed came from the router's history/);
    const healed = await shownFrom(page, cut.last + 20);

    expect(notes).toMatch(/topics suspended/);
    expect(Number(/(\d+) samples that were missed/.exec(notes)?.[1])).toBeGreaterThanOrEqual(10);
    // The past may come behind the first of the present.
    expect(healed).toMatchObject({ first: seen.at(-1)!.first, missing: 'none' });
    for (const { last, loads } of [...seen, healed]) {
      // The page may be faster than we are.
      if (!published.has(last)) await shownFrom(page, last + 2);
      expect({ last, loads }).toEqual({ last, loads: published.get(last) });
    }
  });

  it('shows how far a call is, cancels it, and shows its result', async () => {
    const page = await visit();
    await until(page, 'state', /^joined$/);

    await page.click('#call');
    await until(page, 'checksum', /^\d+ of \d+ files/);
    const halfway = await page.evaluate(() => document.querySelector('progress')?.value);
    await page.click('#cancel');
    const cancelled = await until(page, 'checksum', /^cancelled/);
    await page.click('#call');
    const done = await until(page, 'checksum', /^sha256/);

    expect(halfway).toBeGreaterThan(0);
    expect(halfway).toBeLessThan(1);
    expect(cancelled).toMatch(/^cancelled after \d+ files$/);
    expect(done).toContain(sha256OfLib().slice(0, 16));
    expect(await page.evaluate(() => document.querySelector('progress')?.value)).toBe(1);
  });

  it('shows who else is there', async () => {
    const page = await visit();
    await until(page, 'count', /^1$/);
    const other = await stage.visit(at);

    await until(page, 'count', /^2$/);
    await until(other, 'present', /\(this tab\)/);
    expect((await textOf(page, 'present')).match(/\(this tab\)/g)).toHaveLength(1);

    await other.close();
    await until(page, 'count', /^1$/);
  });

  it('does not keep the program from leaving', async () => {
    const page = await visit();
    await until(page, 'state', /^joined$/);

    demonstration.kill('SIGINT');
    const [code] = (await once(demonstration, 'exit')) as [number | null];

    expect(code).toBe(0);
    await until(page, 'state', /^attempt \d+ in/);
  });
});
