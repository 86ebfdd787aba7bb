import { expect, it } from '@jest/globals';
import { PATIENCE_MS, describeInChromium } from './support/chromium.ts';

describeInChromium('messagePort in a page', (stage) => {
  it('joins a worker and a frame to the router of the page, and tells when they are gone', async () => {
    const page = await stage.open('page-with-router', { params: { worker: stage.urlOf('answering-worker') } });
    const shows = (text: string): Promise<unknown> => page.waitForFunction((expected) => (globalThis as unknown as { shown: () => string }).shown() === expected, text, { polling: 20, timeout: PATIENCE_MS });
    await shows('{"sessions":3,"answer":"twice is 42"}');

    await page.evaluate(() => (globalThis as unknown as { close: () => void }).close());
    await shows('{"sessions":2,"answer":"twice is 42"}');
    await page.evaluate(() => (globalThis as unknown as { end: () => void }).end());
    await shows('{"sessions":1,"answer":"twice is 42"}');

    expect(page.isClosed()).toBe(false);
  });
});
