// wampy of npm as a client of the router: WAMP_NODE_MODULES=… node wampy.mjs json|msgpack|cbor
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Cannot, Events, Refusal, hasBytes, serve } from './commands.mjs';

const require = createRequire(`${process.env.WAMP_NODE_MODULES}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { w3cwebsocket } = require('websocket');
const { Wampy } = require('wampy');
const name = { json: 'JsonSerializer', msgpack: 'MsgpackSerializer', cbor: 'CborSerializer' }[process.argv[2]];
const { [name]: Serializer } = await load(`wampy/${name}.js`);
const { sign: signByCra } = await load('wampy/wampcra.js');
const { sign: signByKey } = await load('wampy/cryptosign.js');
const { sign: { keyPair } } = createRequire(require.resolve('wampy'))('tweetnacl');

const refused = ({ errorUri, message, argsList, argsDict }) => { throw new Refusal(errorUri ?? message, argsList, argsDict); };
const payload = ({ argsList, argsDict }) => ({ args: argsList ?? [], kwargs: argsDict ?? {} });

const ANSWERS = { ticket: (secret) => () => secret, wampcra: signByCra, cryptosign: signByKey };
const publicKey = (seed) => Buffer.from(keyPair.fromSeed(Buffer.from(seed, 'hex')).publicKey).toString('hex');

class Session {
  #wampy;
  #welcome;
  #events = new Events();
  #calls = new Map();
  #subscriptions = new Map();

  constructor(wampy, welcome) {
    this.#wampy = wampy;
    this.#welcome = welcome;
  }

  get details() {
    const { authid, authrole, authmethod } = this.#welcome;
    return { id: this.#wampy.getSessionId(), authid, authrole, authmethod };
  }

  async register({ procedure, does, name: own, options }) {
    const procedures = {
      echo: ({ argsList, argsDict }) => ({ argsList, argsDict }),
      // It is not told whether progress is wanted, so its programs always tell it.
      count: ({ argsList: [to], result_handler: answer }) => {
        for (let n = 1; n <= to; n++) answer({ argsList: [n], options: { progress: true } });
        return { argsList: ['done'] };
      },
      fail: ({ argsList, argsDict }) => { throw Object.assign(new Error('failed'), { error: 'interop.failed', argsList, argsDict }); },
      hang: () => new Promise(() => {}),
      name: () => ({ argsList: [own] }),
      details: ({ details: { procedure: uri = procedure, caller, caller_authid: authid, caller_authrole: authrole } }) => (
        { argsList: [{ procedure: uri, caller, authid, authrole }] }),
    };
    await this.#wampy.register(procedure, procedures[does], options).catch(refused);
  }

  async unregister({ procedure }) {
    await this.#wampy.unregister(procedure).catch(refused);
  }

  async call({ id, procedure, args, kwargs, options: { progress, ...options } }) {
    if (process.argv[2] === 'json' && hasBytes([args, kwargs])) throw new Cannot('it has no bytes in JSON');
    const progressed = [];
    const told = progress && { progress_callback: (result) => { progressed.push(payload(result).args); } };
    const call = this.#wampy.call(procedure, { argsList: args, argsDict: kwargs }, { ...options, ...told });
    this.#calls.set(id, this.#wampy.getOpStatus().reqId);
    return call.then((result) => ({ ...payload(result), progress: progressed }), refused);
  }

  cancel({ call, mode }) {
    this.#wampy.cancel(this.#calls.get(call), mode && { mode });
  }

  interruptions() {
    return null; // it does not announce that it can be
  }

  async subscribe({ topic, options }) {
    const { subscriptionKey } = await this.#wampy.subscribe(topic, (event) => {
      const { topic: to = topic, publisher, publisher_authid: authid, retained } = event.details;
      this.#events.add(topic, { ...payload(event), topic: to, publisher, authid, retained });
      // Where there are options, also empty ones, it fails at UNSUBSCRIBED.
    }, Object.keys(options).length > 0 ? options : undefined).catch(refused);
    this.#subscriptions.set(topic, subscriptionKey);
  }

  async unsubscribe({ topic }) {
    await this.#wampy.unsubscribe(this.#subscriptions.get(topic)).catch(refused);
  }

  events(command) {
    return this.#events.first(command);
  }

  async publish({ topic, args, kwargs, options: { acknowledge: _, ...options } }) {
    if (options.exclude_me === false) throw new Cannot('it does not send exclude_me where it is false');
    if (options.retain) throw new Cannot('it does not send retain');
    if (options.eligible?.length === 0) throw new Cannot('it takes no empty list');
    const { publicationId } = await this.#wampy.publish(topic, { argsList: args, argsDict: kwargs }, options).catch(refused);
    return publicationId > 0;
  }

  async leave() {
    await this.#wampy.disconnect();
    return null; // with what reason it does not tell
  }
}

serve(async ({ url, realm, login }) => {
  if (login?.method === 'scram') throw new Cannot('it has no SCRAM');
  const wampy = new Wampy(url, {
    realm, ws: w3cwebsocket, serializer: new Serializer(), autoReconnect: false,
    ...(login && {
      authid: login.authid,
      authmethods: [login.method],
      onChallenge: ANSWERS[login.method](login.secret),
      ...(login.method === 'cryptosign' && { authextra: { pubkey: publicKey(login.secret) } }),
    }),
  });
  return new Session(wampy, await wampy.connect().catch(refused));
});
