/** Clients of other libraries at our router, with a client of ours and with each other. What holds is printed as the table of README.md. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { anonymousVerifier } from '../../lib/auth/anonymous.ts';
import type { Verifier } from '../../lib/auth/authenticator.ts';
import { cryptosignVerifier } from '../../lib/auth/cryptosign.ts';
import { scramUser, scramVerifier } from '../../lib/auth/scram.ts';
import { ticketVerifier } from '../../lib/auth/ticket.ts';
import { deriveKey, wampcraVerifier } from '../../lib/auth/wampcra.ts';
import { toHex } from '../../lib/crypto/bytes.ts';
import { signingKey } from '../../lib/crypto/ed25519.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { Permission } from '../../lib/router/options.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import { ubjson } from '../../lib/serializers/ubjson.ts';
import { FAULTS, type Fault } from './differences.ts';
import { SCENARIOS } from './matrix.ts';
import { SALTING, USERS, type Scenario } from './matrix/scenario.ts';
import { Cannot, Peer, SERIALIZERS, type Library, type SerializerName, type Session } from './peer.ts';
import { Table, type Result } from './table.ts';

const node = process.env['WAMP_NODE_MODULES'] === undefined ? undefined : process.execPath;
const python = process.env['WAMP_PYTHON'];
const OURS: Library = { name: 'rxwamp', command: process.execPath, program: 'rxwamp.mjs', serializers: SERIALIZERS };
const THEIRS: readonly Library[] = [
  ...(python === undefined ? [] : [{ name: 'Autobahn|Python', command: python, program: 'autobahn_python.py', serializers: SERIALIZERS }]),
  ...(node === undefined ? [] : [
    { name: 'autobahn of npm', command: node, program: 'autobahn-js.mjs', serializers: SERIALIZERS },
    { name: 'wampy of npm', command: node, program: 'wampy.mjs', serializers: SERIALIZERS },
  ]),
];
/** The one that has more, on other roads and with what the others do not have. Its FlatBuffers have no batches. */
const PYTHON_ELSEWHERE: readonly Library[] = python === undefined ? [] : ([
  ['in other formats', 'ws', ['ubjson', 'flatbuffers', 'json.batched', 'msgpack.batched', 'cbor.batched', 'ubjson.batched']],
  ['by RawSocket', 'rs', ['json', 'msgpack', 'cbor', 'ubjson', 'flatbuffers']],
  ['by Unix socket', 'rs+unix', ['json', 'cbor']],
] as const).map(([how, road, serializers]) => ({ name: `Autobahn|Python ${how}`, command: python, program: 'autobahn_python.py', road, serializers }));
/** Its long-poll has JSON alone. */
const ELSEWHERE: readonly Library[] = [
  ...PYTHON_ELSEWHERE,
  ...(node === undefined ? [] : [{ name: 'autobahn of npm by long-poll', command: node, program: 'autobahn-js.mjs', road: 'http', serializers: ['json'] } as const]),
];
/** Its UBJSON is BJData. */
const SPOKEN = [json(), msgpack(), cbor(), ubjson({ dialect: 'bjdata' }), flatbuffers()];
const REALM = 'realm1';
/** What the start of all programs may take. */
const START_MS = 240_000;
const EVERYTHING: readonly Permission[] = [{ uri: '', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] }];
const INTERVENING = ['wamp.session.kill', 'wamp.registration.remove_callee', 'wamp.subscription.remove_subscriber'];

/** One scenario with two peers, each told by library and serializer. */
interface Try {
  readonly name: string;
  readonly scenario: Scenario;
  readonly first: readonly [Library, SerializerName];
  readonly second: readonly [Library, SerializerName];
  note(result: Result): void;
}

let router: ListeningRouter;
const urls = { ws: '', rs: '', 'rs+unix': '', http: '' };
const table = new Table({ libraries: [...THEIRS, ...ELSEWHERE].map(({ name }) => name), paired: THEIRS.map(({ name }) => name) });
const peers = new Map<string, Peer>();
let played = 0;

beforeAll(async () => {
  router = createRouter({
    serializers: [...SPOKEN, ...SPOKEN.map(batched)],
    realms: {
      [REALM]: {
        auth: verifiers(),
        roles: {
          anonymous: EVERYTHING,
          // What intervenes has to be allowed by its name.
          user: [...EVERYTHING, ...INTERVENING.map((uri): Permission => ({ uri, allow: ['call'] }))],
        },
        history: [{ uri: 'interop..history', match: 'wildcard' }],
      },
    },
  });
  urls.ws = (await router.listen('ws://127.0.0.1:0/ws')).url;
  urls.rs = (await router.listen('rs://127.0.0.1:0')).url;
  urls.http = (await router.listen('http://127.0.0.1:0/lp')).url;
  urls['rs+unix'] = (await router.listen(`rs+unix://${join(tmpdir(), `rxwamp-interop-${process.pid}.sock`)}`)).url;
  const all = [OURS, ...THEIRS, ...ELSEWHERE].flatMap((library) => library.serializers.map((serializer) => peerOf(library, serializer)));
  await Promise.all(all.map(async (peer) => (await peer.join(urlFor(peer), REALM)).leave()));
}, START_MS);

afterAll(async () => {
  for (const peer of peers.values()) peer.end();
  await router.close();
  process.stdout.write(`\n${table.toString()}\n`);
});

const urlFor = ({ library }: Peer): string => urls[library.road ?? 'ws'];

/** Whoever is among USERS, by his method, and anybody else. */
function verifiers(): readonly Verifier[] {
  const { ticket, wampcra, salted, scram, cryptosign } = USERS;
  const role = 'user';
  return [
    ticketVerifier({ users: { [ticket.authid]: { ticket: ticket.secret, role } } }),
    wampcraVerifier({
      users: {
        [wampcra.authid]: { secret: wampcra.secret, role },
        [salted.authid]: { secret: deriveKey(salted.secret, SALTING), role, ...SALTING },
      },
    }),
    // As Autobahn and Crossbar.io have it.
    scramVerifier({ users: { [scram.authid]: scramUser(scram.secret, { role, method: 'scram' }) }, method: 'scram' }),
    cryptosignVerifier({ users: { [cryptosign.authid]: { keys: [toHex(signingKey(cryptosign.secret).publicKey)], role } } }),
    anonymousVerifier({}),
  ];
}

/** The program of a library with a serializer: one for all scenarios. */
function peerOf(library: Library, serializer: SerializerName): Peer {
  const name = `${library.name} ${serializer}`;
  const peer = peers.get(name) ?? new Peer(library, serializer);
  peers.set(name, peer);
  return peer;
}

/** Plays a scenario, with each peer in its part, and makes all of them leave. */
async function play(scenario: Scenario, first: Peer, second: Peer): Promise<void> {
  const sessions: Session[] = [];
  const number = ++played;
  try {
    await scenario.play({
      uri: (name) => `interop.n${number}.${name}`,
      async join(part, login) {
        const peer = part === 'first' ? first : second;
        const session = await peer.join(urlFor(peer), REALM, login);
        sessions.push(session);
        return session;
      },
    });
  } finally {
    // Some have left already, and some have been thrown out.
    await Promise.allSettled(sessions.map((session) => session.leave()));
  }
}

/** Plays a scenario, and notes what came of it. What a library cannot do, or does wrong by its own fault, is noted and no failure. */
async function tryOut({ scenario, first, second, note }: Try): Promise<void> {
  const [one, other] = [peerOf(...first), peerOf(...second)];
  const fault = faultOf(scenario, scenario.parts[0], one) ?? faultOf(scenario, scenario.parts[1], other);
  if (fault?.isEndless === true) return note(new Cannot(fault.why));
  note('fails'); // where it takes too long nothing else is noted
  try {
    await play(scenario, one, other);
    note('holds');
  } catch (error) {
    if (!(error instanceof Cannot) && fault === undefined) throw error;
    note(fault === undefined ? error as Cannot : new Cannot(fault.why));
  }
}

function faultOf({ name }: Scenario, part: string | undefined, { library, serializer }: Peer): Fault | undefined {
  return FAULTS.find((fault) =>
    library.name.startsWith(fault.library) && (fault.serializer ?? serializer) === serializer && fault.part === part && fault.scenarios.includes(name));
}

/** Every scenario between a library and ours, with either of them in either part, and in the same serializer where ours is not asked for more than the others. */
function withOurs(library: Library, serializer: SerializerName): readonly Try[] {
  const [theirs, ours] = [[library, serializer], [OURS, OURS.serializers.includes(serializer) ? serializer : 'json']] as const;
  return SCENARIOS.flatMap((scenario): readonly Try[] => {
    const { name, parts: [first, second] } = scenario;
    const note = (part: string) => (result: Result): void => table.note(scenario, part, library, serializer, result);
    if (second === undefined) return [{ name, scenario, first: theirs, second: ours, note: note(first) }];
    return [
      { name: `${name}, as ${first}`, scenario, first: theirs, second: ours, note: note(first) },
      { name: `${name}, as ${second}`, scenario, first: ours, second: theirs, note: note(second) },
    ];
  });
}

/** Every scenario between two libraries, each with another serializer than the other's, so that the router has to translate. */
function withEachOther(first: Library, second: Library): readonly Try[] {
  return SERIALIZERS.flatMap((one, at) => {
    const other = SERIALIZERS[(at + 1) % SERIALIZERS.length]!;
    return SCENARIOS.filter(({ parts }) => parts.length === 2).map((scenario): Try => {
      const name = `${scenario.name}, ${one} to ${other}`;
      return { name, scenario, first: [first, one], second: [second, other], note: (result) => table.notePair(first, second, name, result) };
    });
  });
}

describe.each([...THEIRS, ...ELSEWHERE].flatMap((library) => library.serializers.map((serializer) => ({ library, serializer }))))('$library.name with $serializer', ({ library, serializer }) => {
  it.each(withOurs(library, serializer))('$name', tryOut);
});

describe.each(THEIRS.flatMap((first) => THEIRS.map((second) => ({ first, second }))))('$first.name with $second.name', ({ first, second }) => {
  it.each(withEachOther(first, second))('$name', tryOut);
});
