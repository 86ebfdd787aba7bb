/**
 * RawSockets: WAMP over TCP or a Unix socket, without HTTP. A router may listen at many addresses, and clients of all of them meet in its realms.
 *
 *     npm run sample transports/raw-sockets
 *
 * Prints:
 *
 *     rs, wamp.2.cbor: 5
 *     rs+unix, wamp.2.msgpack: 5
 *     ws, wamp.2.json: 5
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';
import { cbor } from 'rxwamp/serializers/cbor';
import { json } from 'rxwamp/serializers/json';
import { msgpack } from 'rxwamp/serializers/msgpack';

const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
const router = createRouter({ realms: { realm1: {} } });
const tcp = await router.listen('rs://127.0.0.1:0');
const unix = await router.listen(`rs+unix://${join(folder, 'wamp.sock')}`);
const web = await router.listen('ws://127.0.0.1:0/ws');

const service = createClient({ transport: router.link(), realm: 'realm1' });
await service.connect();
service.register<[a: number, b: number]>('com.example.add', ({ args: [a, b] }) => a + b).subscribe();

for (const [{ url }, serializer] of [[tcp, cbor()], [unix, msgpack()], [web, json()]] as const) {
  const client = createClient({ url, realm: 'realm1', serializers: [serializer] });
  const { subprotocol } = await client.connect();
  const { args: [sum] } = await firstValueFrom(client.call<number>('com.example.add', [2, 3]));
  console.log(`${url.slice(0, url.indexOf(':'))}, ${subprotocol}: ${sum}`);
  await client.close();
}
await service.close();
await router.close();
rmSync(folder, { recursive: true });
