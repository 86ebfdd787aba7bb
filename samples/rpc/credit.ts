/**
 * A stream that is no faster than its consumer: the generator is paused while the caller has enough to do.
 *
 *     npm run sample rpc/credit
 *
 * Prints:
 *
 *     row 1, read ahead: 4
 *     row 2, read ahead: 3
 *     row 3, read ahead: 4
 *     row 4, read ahead: 3
 *     row 5, read ahead: 4
 *     the generator ended after 8 rows
 *     flow: credit
 */
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const database = createClient({ transport: router.link(), realm: 'realm1' });
const user = createClient({ transport: router.link(), realm: 'realm1' });

let made = 0;
database.register('com.db.rows', async function* () {
  try {
    for (;;) yield ++made;
  } finally {
    console.log(`the generator ended after ${made} rows`);
  }
}).subscribe();
await database.connect();

// Never more than 4 rows are on their way or waiting here, and one counts as processed when the next is asked for. In a pipe it is `process` that says so.
let flow = '';
for await (const { args: [row], details } of user.callStream<number>('com.db.rows', [], { credit: 4 })) {
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  console.log(`row ${String(row)}, read ahead: ${made - Number(row) + 1}`);
  ({ flow } = details);
  // Leaving the loop cancels the call.
  if (row === 5) break;
}
await user.close();
console.log(`flow: ${flow}`);
await database.close();
