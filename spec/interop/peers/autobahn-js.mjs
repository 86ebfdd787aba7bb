// autobahn of npm as a client of the router: WAMP_NODE_MODULES=… node autobahn-js.mjs json|msgpack|cbor
import { createRequire } from 'node:module';
import { Cannot, Events, Refusal, hasBytes, serve } from './commands.mjs';

const require = createRequire(`${process.env.WAMP_NODE_MODULES}/`);
const autobahn = require('autobahn');
const { sign: { keyPair } } = createRequire(require.resolve('autobahn'))('tweetnacl');
const SERIALIZERS = { json: 'JSONSerializer', msgpack: 'MsgpackSerializer', cbor: 'CBORSerializer' };
const Serializer = autobahn.serializer[SERIALIZERS[process.argv[2]]];

// Its long-poll is for pages, and knows no fetch.
globalThis.XMLHttpRequest ??= class {
  readyState = 0;
  #request;
  #headers = {};

  open(method, url) {
    this.#request = { method, url };
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  async send(body) {
    const { method, url } = this.#request;
    const response = await fetch(url, { method, headers: this.#headers, body }).catch(() => undefined);
    this.responseText = await response?.text();
    this.status = response?.status ?? 0;
    this.readyState = 4;
    this.onreadystatechange();
  }
};

const refused = ({ error, args, kwargs }) => { throw new Refusal(error, args, kwargs); };
const payload = (result) => {
  if (result instanceof autobahn.Result) return { args: result.args, kwargs: result.kwargs };
  return { args: result === null || result === undefined ? [] : [result], kwargs: {} };
};

class Session {
  #session;
  #left;
  #events = new Events();
  #calls = new Map();
  #registrations = new Map();
  #subscriptions = new Map();

  constructor(session, details, left) {
    this.#session = session;
    this.#left = left;
    this.details = { id: session.id, authid: details.authid, authrole: details.authrole, authmethod: details.authmethod };
  }

  async register({ procedure, does, name, options }) {
    const procedures = {
      echo: (args, kwargs) => new autobahn.Result(args, kwargs),
      count: ([to], _, { progress }) => {
        for (let n = 1; n <= to; n++) progress?.([n]);
        return 'done';
      },
      fail: (args, kwargs) => { throw new autobahn.Error('interop.failed', args, kwargs); },
      hang: () => new Promise(() => {}),
      name: () => name,
      details: (_args, _kwargs, { procedure: uri, caller, caller_authid: authid, caller_authrole: authrole }) => ({ procedure: uri, caller, authid, authrole }),
    };
    this.#registrations.set(procedure, await this.#session.register(procedure, procedures[does], options).catch(refused));
  }

  async unregister({ procedure }) {
    await this.#session.unregister(this.#registrations.get(procedure)).catch(refused);
  }

  async call({ id, procedure, args, kwargs, options: { progress, ...options } }) {
    if (options.ppt_scheme) throw new Cannot('it has no payload passthru mode');
    if (process.argv[2] === 'json' && hasBytes([args, kwargs])) throw new Cannot('it has no bytes in JSON');
    const progressed = [];
    const call = this.#session.call(procedure, args, kwargs, { ...options, ...(progress && { receive_progress: true }) });
    this.#calls.set(id, call);
    // Its promises tell their progress to a third function.
    // oxlint-disable-next-line promise/valid-params
    return call.then((result) => ({ ...payload(result), progress: progressed }), refused, (value) => progressed.push(payload(value).args));
  }

  cancel({ call, mode }) {
    this.#calls.get(call).cancel(mode && { mode });
  }

  interruptions() {
    return null; // it does not announce that it can be
  }

  async subscribe({ topic, options }) {
    this.#subscriptions.set(topic, await this.#session.subscribe(topic, (args, kwargs, { topic: to, publisher, publisher_authid: authid, retained }) => {
      this.#events.add(topic, { args: args ?? [], kwargs: kwargs ?? {}, topic: to, publisher, authid, retained });
    }, options).catch(refused));
  }

  async unsubscribe({ topic }) {
    await this.#session.unsubscribe(this.#subscriptions.get(topic)).catch(refused);
  }

  events(command) {
    return this.#events.first(command);
  }

  async publish({ topic, args, kwargs, options }) {
    if (options.ppt_scheme) throw new Cannot('it has no payload passthru mode');
    const published = this.#session.publish(topic, args, kwargs, options);
    if (options.acknowledge) return (await published.catch(refused)).id > 0;
  }

  leave() {
    this.#session.leave();
    return this.#left;
  }
}

serve(({ url, realm, login }) => new Promise((resolve, reject) => {
  if (login?.method === 'scram') throw new Cannot('it has no SCRAM');
  const key = login?.method === 'cryptosign' ? keyPair.fromSeed(Buffer.from(login.secret, 'hex')) : undefined;
  let leave;
  const left = new Promise((tell) => { leave = tell; });
  const connection = new autobahn.Connection({
    realm, max_retries: 0,
    ...(url.startsWith('http') ? { transports: [{ type: 'longpoll', url }] } : { url, serializers: [new Serializer()] }),
    ...(login && {
      authid: login.authid,
      authmethods: [login.method],
      ...(key && { authextra: { pubkey: autobahn.auth_cryptosign.public_key(key) } }),
      onchallenge: (_, method, extra) => {
        if (method === 'ticket') return login.secret;
        if (method === 'cryptosign') return autobahn.auth_cryptosign.sign_challenge(key, extra);
        const { challenge, salt, iterations, keylen } = extra;
        return autobahn.auth_cra.sign(salt ? autobahn.auth_cra.derive_key(login.secret, salt, iterations, keylen) : login.secret, challenge);
      },
    }),
    on_user_error: () => {},
  });
  connection.onopen = (session, details) => resolve(new Session(session, details, left));
  connection.onclose = (_, { reason }) => {
    leave(reason);
    reject(new Refusal(reason));
    return true;
  };
  connection.open();
}));
