/**
 * An app of express and a router on one port: the app answers requests, the router has its paths, and each path its realms.
 *
 *     npm run sample router/shared-server
 *
 * Prints:
 *
 *     anna reads: hello
 *     anna reads: is anybody there?
 *     the app answers: ["hello","is anybody there?"]
 *     at /ws there is no realm admin: wamp.error.no_such_realm
 *     at /admin there is: joined admin
 *     a page of another host: the router answered 403 Forbidden
 *     the router is closed, and the app answers: 200
 */
import { once } from 'node:events';
import express from 'express';
import { lastValueFrom } from 'rxjs';
import { createClient, ws } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const said: string[] = [];
const app = express();
app.get('/messages', (_request, response) => void response.json(said));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

const router = createRouter({ realms: { chat: {}, admin: {} } });
const { url } = await router.listen('/ws', { server, realms: ['chat'], allowedOrigins: ['self'] });
const admin = await router.listen('/admin', { server, realms: ['admin'] });
const messages = url.replace('ws:', 'http:').replace('/ws', '/messages');

// The app takes part like everybody else, without a socket.
const own = createClient({ transport: router.link(), realm: 'chat' });
own.topic<[text: string]>('com.chat.said').subscribe(({ args: [text] }) => said.push(text));
await own.connect();

const anna = createClient({ url, realm: 'chat' });
anna.topic<[text: string]>('com.chat.said').subscribe(({ args: [text] }) => console.log(`anna reads: ${text}`));
await anna.connect();
for (const text of ['hello', 'is anybody there?']) await lastValueFrom(anna.publish('com.chat.said', [text], { excludeMe: false, acknowledge: true }));
console.log(`the app answers: ${await (await fetch(messages)).text()}`);

await createClient({ url, realm: 'admin', retry: { maxAttempts: 0 } }).connect().catch((error: { reason: string }) => {
  console.log(`at /ws there is no realm admin: ${error.reason}`);
});
const boss = createClient({ url: admin.url, realm: 'admin' });
console.log(`at /admin there is: joined ${(await boss.connect()).realm}`);

const page = ws(url, { headers: { Origin: 'https://elsewhere.example' } });
await createClient({ transport: page, realm: 'chat', retry: { maxAttempts: 0 } }).connect().catch(({ message }: Error) => {
  console.log(`a page of another host: ${/the router answered \d+ \w+/.exec(message)?.[0]}`);
});

await router.close();
console.log(`the router is closed, and the app answers: ${(await fetch(messages)).status}`);
server.close();
server.closeAllConnections();
for (const client of [own, anna, boss]) await client.close();
