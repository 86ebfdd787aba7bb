/**
 * Payloads that only the two ends can read: the router, and whoever listens there, sees URIs and bytes.
 *
 *     npm run sample encryption/cryptobox
 *
 * Prints:
 *
 *     the kitchen reads: 2 teas for table 7
 *     the waiter reads: ready in 4 minutes
 *     the router sees: bytes
 *     a stranger is told: wamp.error.encryption.decrypt_error
 */
import { ApplicationError, createClient } from 'rxwamp';
import { Keyring, boxKeyPair, cryptobox } from 'rxwamp/encryption';
import { createRouter } from 'rxwamp/router';
import { filter, firstValueFrom } from 'rxjs';

const router = createRouter({ realms: { realm1: {} } });
const at = { transport: router.link(), realm: 'realm1' };

// Each end makes a pair, keeps the secret key, and gives the public one to the other in a way that it trusts.
const [waiterKeys, kitchenKeys] = [boxKeyPair(), boxKeyPair()];

// For all URIs that begin so: the waiter calls and publishes, the kitchen answers and subscribes.
const waiterRing = new Keyring({ 'com.kitchen.': { originator: { secretKey: waiterKeys.secretKey }, responder: { publicKey: kitchenKeys.publicKey } } });
const kitchenRing = new Keyring({ 'com.kitchen.': { originator: { publicKey: waiterKeys.publicKey }, responder: { secretKey: kitchenKeys.secretKey } } });
const waiter = createClient({ ...at, payloadCodec: cryptobox(waiterRing) });
const kitchen = createClient({ ...at, payloadCodec: cryptobox(kitchenRing) });
const stranger = createClient(at);

const orders = kitchen.register<[order: string]>('com.kitchen.order', ({ args: [order] }) => {
  console.log(`the kitchen reads: ${order}`);
  return 'ready in 4 minutes';
});
await new Promise((resolve) => { orders.subscribe(resolve); });

const invocation = firstValueFrom(kitchen.frames$.pipe(filter(({ message }) => 'args' in message && message.args !== undefined)));
const { args: [answer] } = await firstValueFrom(waiter.call<string>('com.kitchen.order', ['2 teas for table 7']));
console.log(`the waiter reads: ${answer}`);

const { message } = await invocation;
console.log(`the router sees: ${'args' in message && message.args?.[0] instanceof Uint8Array ? 'bytes' : 'an order'}`);

// Where there is a key, nothing plain is taken either.
kitchen.errors$.subscribe();
await firstValueFrom(stranger.call('com.kitchen.order', ['free tea'])).catch((error: unknown) => {
  console.log(`a stranger is told: ${error instanceof ApplicationError ? error.uri : String(error)}`);
});

await Promise.all([waiter.close(), kitchen.close(), stranger.close()]);
await router.close();
