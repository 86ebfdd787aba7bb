/**
 * A procedure that reports its progress, and a caller that draws a bar from it.
 *
 *     npm run sample rpc/progress
 *
 * Prints:
 *
 *     ██        page 1
 *     ████      page 2
 *     ██████    page 3
 *     ████████  page 4
 *     done: report.pdf
 */
import { concat, interval, map, of, switchMap, take } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { office: {} } });
const printer = createClient({ transport: router.link(), realm: 'office' });
const clerk = createClient({ transport: router.link(), realm: 'office' });

// The procedure is an Observable. With `final: 'last'` each value but the last is a progressive result.
const pages = interval(20).pipe(take(4), map((page) => page + 1));
const printing = printer.register('office.print', () => concat(pages, of('report.pdf')), { final: 'last' });

// The types: what the result is, and what the progress is.
const subscription = printing.pipe(
  switchMap(() => clerk.call<string, number>('office.print', [], { progress: true })),
).subscribe((result) => {
  if (result.progress) {
    const [page] = result.args;
    console.log(`${'██'.repeat(page).padEnd(8)}  page ${page}`);
  } else {
    console.log(`done: ${result.args[0]}`);
    subscription.unsubscribe(); // unregisters
  }
});
