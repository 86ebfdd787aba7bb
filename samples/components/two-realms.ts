/**
 * A component: two clients by name, a main that hands events from one realm to the other, and a stop in order.
 *
 *     npm run sample components/two-realms
 *
 * Prints:
 *
 *     serving com.shop.sell
 *     audited: tea
 *     shop draining
 *     audit draining
 *     shop closed
 *     audit closed
 */
import { Subject, map, merge, takeUntil, tap } from 'rxjs';
import { createClient, publishTo, run } from 'rxwamp';
import { Registry } from 'rxwamp/registry';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { shop: {}, audit: {} } });
const till = createClient({ transport: router.link(), realm: 'shop' });
const auditor = createClient({ transport: router.link(), realm: 'audit' });

// a service of yours has no such end: it runs until SIGTERM or SIGINT, drains, and exits with 143 or 130
const enough$ = new Subject<void>();
auditor.topic<[item: string]>('com.audit.sold').subscribe(({ args: [item] }) => {
  console.log(`audited: ${item}`);
  setTimeout(() => enough$.next(), 20);
});
await auditor.connect();

run({
  defaults: { transport: router.link() },
  clients: { shop: { realm: 'shop' }, audit: { realm: 'audit' } },
  // begins when all clients are joined; what it gives is its work, and what it leaves open is put away in order
  main: ({ shop, audit }) => {
    for (const [name, { state$ }] of Object.entries({ shop, audit })) {
      state$.subscribe(({ kind }) => { if (kind !== 'joined') console.log(`${name} ${kind}`); });
    }
    const tills = new Registry({ prefix: 'com.shop' })
      .procedure('sell', ({ args: [item] }) => shop.publish('com.shop.sold', [item], { excludeMe: false }));
    const auditing = shop.topic('com.shop.sold').pipe(map(({ args }) => args), publishTo(audit, 'com.audit.sold'));
    const serving = shop.serve(tills).pipe(tap(([registration]) => {
      console.log(`serving ${registration?.uri}`);
      till.call('com.shop.sell', ['tea']).subscribe();
    }));
    return merge(auditing, serving).pipe(takeUntil(enough$));
  },
}).add(() => {
  void till.close();
  void auditor.close();
});
