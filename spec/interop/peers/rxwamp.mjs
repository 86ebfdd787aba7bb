// This library as a client, as its users have it: node rxwamp.mjs json|msgpack|cbor
import { Observable, ReplaySubject, concat, filter, firstValueFrom, map, of, range, toArray } from 'rxjs';
import { ApplicationError, TimeoutError, createClient, result, ticket, ws } from 'rxwamp';
import { wampcra } from 'rxwamp/auth/wampcra';
import { Events, Refusal, serve } from './commands.mjs';

const [, , serializer] = process.argv;

const AUTHENTICATORS = {
  ticket: ({ authid, secret }) => ticket({ authid, ticket: secret }),
  wampcra,
};

const refused = (error) => {
  if (error instanceof ApplicationError) throw new Refusal(error.uri, error.args, error.kwargs);
  if (error instanceof TimeoutError) throw new Refusal('wamp.error.timeout');
  throw error.reason === undefined ? error : new Refusal(error.reason);
};

/** The options of the library, whose names are in camelCase, for those of the specification. */
const ours = (options) => Object.fromEntries(Object.entries(options).map(([key, value]) => [key.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()), value]));

class Session {
  #client;
  #events = new Events();
  #interruptions = new Events();
  #calls = new Map();
  #registrations = new Map();
  #subscriptions = new Map();

  constructor(client, { id, authid, authrole, authmethod }) {
    this.#client = client;
    this.details = { id, authid, authrole, authmethod };
  }

  async register({ procedure, does, name, options }) {
    const procedures = {
      echo: ({ args, kwargs }) => result(args, kwargs),
      count: ({ args: [to] }) => concat(range(1, to), of('done')),
      fail: (payload) => { throw new ApplicationError('interop.failed', payload); },
      hang: () => new Observable(() => () => this.#interruptions.add('', true)),
      name: () => name,
      details: ({ procedure: uri, caller, details }) => ({ procedure: uri, caller, authid: details.caller_authid, authrole: details.caller_authrole }),
    };
    const registered = new ReplaySubject(1);
    this.#registrations.set(procedure, this.#client.register(procedure, procedures[does], { ...options, final: 'last' }).subscribe(registered));
    await firstValueFrom(registered).catch(refused);
  }

  async unregister({ procedure }) {
    this.#registrations.get(procedure).unsubscribe();
    // What is sent behind UNREGISTER is answered behind it.
    await firstValueFrom(this.#client.publish('interop.fence', [], { acknowledge: true }));
  }

  call({ id, procedure, args, kwargs, mode: cancelMode, options: { timeout, ...options } }) {
    return new Promise((resolve, reject) => {
      const given = { ...ours(options), ...(timeout && { timeout, routerTimeout: 'ms' }), cancelMode };
      const running = this.#client.call(procedure, { args, kwargs }, given).pipe(toArray()).subscribe({
        next: (results) => {
          const last = results.pop();
          resolve({ args: last.args, kwargs: last.kwargs, progress: results.map((progressed) => progressed.args) });
        },
        error: reject,
      });
      this.#calls.set(id, () => {
        running.unsubscribe();
        reject(new Refusal('wamp.error.canceled'));
      });
    }).catch((error) => (error instanceof Refusal ? Promise.reject(error) : refused(error)));
  }

  cancel({ call }) {
    this.#calls.get(call)();
  }

  async interruptions({ count }) {
    return (await this.#interruptions.first({ topic: '', count })).length;
  }

  async subscribe({ topic, options: { get_retained: retained, ...options } }) {
    const given = { ...ours(options), retained };
    this.#subscriptions.set(topic, this.#client.topic(topic, given).subscribe(({ args, kwargs, topic: to, details, retained: kept }) => {
      this.#events.add(topic, { args, kwargs, topic: to, publisher: details.publisher, authid: details.publisher_authid, retained: kept });
    }));
    await firstValueFrom(this.#client.topicStatus(topic, given).pipe(filter(({ kind }) => kind === 'subscribed')));
  }

  async unsubscribe({ topic }) {
    this.#subscriptions.get(topic).unsubscribe();
    await new Promise((done) => { setImmediate(done); }); // the subscription is kept to the end of the macrotask
    await firstValueFrom(this.#client.publish('interop.fence', [], { acknowledge: true }));
  }

  events(command) {
    return this.#events.first(command);
  }

  publish({ topic, args, kwargs, options }) {
    return firstValueFrom(this.#client.publish(topic, { args, kwargs }, ours(options)).pipe(map(({ id }) => id > 0))).catch(refused);
  }

  async leave() {
    await this.#client.close();
    return null; // with what reason it does not tell
  }
}

serve(async ({ url, realm, login }) => {
  const client = createClient({
    transport: ws(url, { subprotocols: [`wamp.2.${serializer}`] }), realm, retry: { shouldReconnect: () => false },
    ...(login && { auth: AUTHENTICATORS[login.method](login) }),
  });
  return new Session(client, await client.connect().catch(refused));
});
