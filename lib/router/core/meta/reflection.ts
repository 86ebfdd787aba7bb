import type { Census } from '../../../census.ts';
import { isDict, own, refuse } from '../../../protocol/fields.ts';
import { isUri } from '../../../protocol/uri.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, List, Uri } from '../../../types.ts';
import { settle } from '../events/kept-event.ts';
import { NOTHING, type Member, type Outbound } from '../outbound.ts';
import { Refusal, type ProcedureCall, type ProcedureResult, type ProcedureTable } from '../procedure.ts';
import { isReserved } from '../reserved-uri.ts';
import type { Announcer } from './membership-events.ts';

const KINDS = ['topic', 'procedure', 'error'] as const;
type Kind = (typeof KINDS)[number];

const DEFINE = 'wamp.reflect.define';
const DESCRIBE = 'wamp.reflect.describe';
const ON_DEFINE = 'wamp.reflect.on_define';
const ON_UNDEFINE = 'wamp.reflect.on_undefine';

/** How many definitions one session may have, and how many bytes they may take up, roughly. */
export const DEFINITION_LIMITS: { readonly count: number; readonly bytes: number } = Object.freeze({ count: 1000, bytes: 1_048_576 });

interface Definition<M> {
  readonly kind: Kind;
  readonly uri: Uri;
  readonly owner: M;
  readonly description: Dict;
  readonly size: number;
}

/**
 * Descriptions of topics, procedures and errors, as sessions give them ("Interface Reflection"). The specification names the procedures and leaves
 * what they take; here it is, with `Type` one of `topic`, `procedure` and `error`:
 *
 * - `wamp.reflect.define(Uri|uri, Description|dict)`: describes it, in the place of a description of the caller's own. `Description.type` says what it is; the
 *   rest is up to whoever describes. `Description` null takes back what the caller has described under this URI
 * - `wamp.reflect.describe(Uri|uri)`: the descriptions of whatever has this URI, a list
 * - `wamp.reflection.<Type>.list()`: the URIs of what is described of one type, a list
 * - `wamp.reflection.<Type>.describe(Uri|uri)`: its description, or null
 * - event `wamp.reflect.on_define(Uri|uri, Description|dict)`, event `wamp.reflect.on_undefine(Uri|uri, Type|string)`
 *
 * A definition belongs to the session that made it, and goes with it. What another session has described is refused with
 * `wamp.error.not_authorized`, more than a session may have with `wamp.error.unavailable`.
 */
export class Reflection<M extends Member> {
  readonly #announcer: Announcer<M>;
  readonly #definitions: { readonly [K in Kind]: Map<Uri, Definition<M>> } = { topic: new Map(), procedure: new Map(), error: new Map() };
  readonly #owners = new Map<M, Set<Definition<M>>>();

  constructor(announcer: Announcer<M>) {
    this.#announcer = announcer;
  }

  /** Its procedures. */
  get procedures(): ProcedureTable<M> {
    return [
      [DEFINE, (call) => this.#define(call)],
      [DESCRIBE, ({ args }) => ({ args: [this.#describe(readUri(args))] })],
      ...KINDS.flatMap((kind): ProcedureTable<M> => [
        [`wamp.reflection.${kind}.list`, () => ({ args: [[...this.#definitions[kind].keys()]] })],
        [`wamp.reflection.${kind}.describe`, ({ args }) => ({ args: [this.#definitions[kind].get(readUri(args))?.description ?? null] })],
      ]),
    ];
  }

  /** Forgets what a member has described. */
  leave(member: M): readonly Outbound<M>[] {
    const outbound: Outbound<M>[] = [];
    for (const definition of this.#owners.get(member) ?? NOTHING) outbound.push(...this.#remove(definition));
    return outbound;
  }

  /** @internal */
  census(): Census {
    return { definitions: KINDS.reduce((sum, kind) => sum + this.#definitions[kind].size, 0), 'sessions with definitions': this.#owners.size };
  }

  #define({ caller, args }: ProcedureCall<M>): ProcedureResult<M> {
    const uri = readUri(args);
    const given = args[1] ?? undefined;
    if (given === undefined) return { follows: this.#undefine(caller, uri) };
    if (isReserved(uri)) throw new Refusal(WampUri.invalidUri);
    const description = isDict(given) ? given : refuse('description', 'a dictionary', given);
    const type = own(description, 'type');
    const kind = KINDS.find((each) => each === type) ?? refuse('description.type', `one of ${KINDS.join(', ')}`, type);
    const existing = this.#definitions[kind].get(uri);
    if (existing !== undefined && existing.owner !== caller) throw new Refusal(WampUri.notAuthorized, ['another session has described it']);
    const size = settle(description);
    this.#checkRoom(caller, existing, size);
    if (existing !== undefined) this.#forget(existing);
    this.#enter({ kind, uri, owner: caller, description, size });
    return { follows: this.#tell(ON_DEFINE, [uri, description]) };
  }

  #undefine(caller: M, uri: Uri): readonly Outbound<M>[] {
    return this.#under(uri).filter(({ owner }) => owner === caller).flatMap((definition) => this.#remove(definition));
  }

  #describe(uri: Uri): readonly Dict[] {
    return this.#under(uri).map(({ description }) => description);
  }

  #under(uri: Uri): readonly Definition<M>[] {
    return KINDS.map((kind) => this.#definitions[kind].get(uri)).filter((definition) => definition !== undefined);
  }

  #checkRoom(owner: M, except: Definition<M> | undefined, size: number): void {
    const others = [...this.#owners.get(owner) ?? NOTHING].filter((each) => each !== except);
    const bytes = others.reduce((sum, each) => sum + each.size, size);
    if (others.length >= DEFINITION_LIMITS.count) throw new Refusal(WampUri.unavailable, [`a session may have ${DEFINITION_LIMITS.count} definitions`]);
    if (bytes > DEFINITION_LIMITS.bytes) {
      throw new Refusal(WampUri.unavailable, [`definitions of a session may take up ${DEFINITION_LIMITS.bytes} bytes, got ${bytes}`]);
    }
  }

  #enter(definition: Definition<M>): void {
    const { kind, uri, owner } = definition;
    this.#definitions[kind].set(uri, definition);
    const owned = this.#owners.get(owner);
    if (owned === undefined) this.#owners.set(owner, new Set([definition]));
    else owned.add(definition);
  }

  #forget(definition: Definition<M>): void {
    const { kind, uri, owner } = definition;
    this.#definitions[kind].delete(uri);
    const owned = this.#owners.get(owner);
    owned?.delete(definition);
    if (owned?.size === 0) this.#owners.delete(owner);
  }

  #remove(definition: Definition<M>): readonly Outbound<M>[] {
    this.#forget(definition);
    return this.#tell(ON_UNDEFINE, [definition.uri, definition.kind]);
  }

  #tell(topic: Uri, args: List): readonly Outbound<M>[] {
    return this.#announcer.hears(topic) ? this.#announcer.announce(topic, args) : NOTHING;
  }
}

function readUri([uri]: List): Uri {
  return isUri(uri) ? uri : refuse('uri', 'a URI', uri);
}
