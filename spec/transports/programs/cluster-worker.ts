/**
 * A worker of the cluster that is in the middle of everything: it listens, serves, and calls what is not answered. Its exit code says what is left
 * open of that once its channel is gone.
 */
import { NEVER } from 'rxjs';
import { createClient } from '../../../lib/index.ts';
import { ipc } from '../../../lib/transports/ipc.ts';

const NOT_CLOSED = 99;

const shouldReconnect = (): false | undefined => (process.connected ? undefined : false);
const client = createClient({ transport: ipc(process), realm: 'realm1', retry: { initialDelay: 5, jitter: 'none', shouldReconnect } });

client.topic('com.news').subscribe({ error: () => {} });
client.register('com.worker.wait', () => NEVER, { invoke: 'roundrobin' }).subscribe({ error: () => {} });
client.register('com.worker.name', () => process.pid, { invoke: 'roundrobin' }).subscribe({ error: () => {} });
client.call('com.main.wait').subscribe({ error: () => {} });

process.exitCode = NOT_CLOSED;
client.state$.subscribe({ complete: () => {
  process.exitCode = Object.values(client.census()).filter((count) => count !== 0).length;
} });
