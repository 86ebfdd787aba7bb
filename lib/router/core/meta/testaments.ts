import type { Census } from '../../../census.ts';
import { isDict, own, refuse } from '../../../protocol/fields.ts';
import { MessageType, type Publish } from '../../../protocol/messages.ts';
import { readPublishOptions, writePublishOptions } from '../../../protocol/options.ts';
import { isUri } from '../../../protocol/uri.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, List } from '../../../types.ts';
import { settle } from '../events/kept-event.ts';
import { NOTHING, type Grant, type Member } from '../outbound.ts';
import { Refusal, type ProcedureCall } from '../procedure.ts';
import { isReserved } from '../reserved-uri.ts';

/** When a testament is published: when the connection of its session is lost, or when the session ends. */
export type TestamentScope = 'detached' | 'destroyed';

/** A publication for when its session is gone, and what was granted to it. */
export interface Testament {
  readonly publication: Publish;
  readonly grant: Grant | undefined;
}

/** What {@link Testaments} are asked to keep. */
export interface TestamentRequest {
  readonly scope: TestamentScope;
  readonly publication: Publish;
  /** Bytes that it takes up, roughly. */
  readonly size: number;
}

/** How many testaments one session may have, and how many bytes they may take up, roughly. */
export const TESTAMENT_LIMITS: { readonly count: number; readonly bytes: number } = Object.freeze({ count: 64, bytes: 65_536 });

const SCOPES: readonly TestamentScope[] = ['detached', 'destroyed'];

interface Kept extends Testament {
  readonly size: number;
}

interface Will extends Record<TestamentScope, readonly Kept[]> {
  /** Whether those for the loss of the connection have been published since it was there last. */
  isDetached: boolean;
}

/**
 * What sessions have left to be published ("Session Testament"), in the order in which they left it. A session may lose its connection more than once,
 * and those for that are published each time: who resumes it goes on without knowing that it was lost.
 */
export class Testaments<M> {
  readonly #wills = new Map<M, Will>();

  /** Keeps a testament. Refused with `wamp.error.unavailable` where the session has as many as it may. */
  add(member: M, { scope, publication, size }: TestamentRequest, grant: Grant | undefined): void {
    const will = this.#wills.get(member) ?? { detached: NOTHING, destroyed: NOTHING, isDetached: false };
    const kept = SCOPES.flatMap((each) => will[each]);
    const bytes = kept.reduce((sum, each) => sum + each.size, size);
    if (kept.length >= TESTAMENT_LIMITS.count) throw new Refusal(WampUri.unavailable, [`a session may have ${TESTAMENT_LIMITS.count} testaments`]);
    if (bytes > TESTAMENT_LIMITS.bytes) {
      throw new Refusal(WampUri.unavailable, [`testaments of a session may take up ${TESTAMENT_LIMITS.bytes} bytes, got ${bytes}`]);
    }
    will[scope] = [...will[scope], { publication, grant, size }];
    this.#wills.set(member, will);
  }

  /** Drops the testaments of one scope. */
  flush(member: M, scope: TestamentScope): void {
    const will = this.#wills.get(member);
    if (will === undefined) return;
    will[scope] = NOTHING;
    if (SCOPES.every((each) => will[each].length === 0)) this.#wills.delete(member);
  }

  /** The connection of a session is lost: what is to be published now. */
  detach(member: M): readonly Testament[] {
    const will = this.#wills.get(member);
    if (will === undefined) return NOTHING;
    will.isDetached = true;
    return will.detached;
  }

  /** The session has a connection again. */
  attach(member: M): void {
    const will = this.#wills.get(member);
    if (will !== undefined) will.isDetached = false;
  }

  /** The session ends: what is to be published, first what is for the loss of the connection unless that came before. Nothing of it is kept. */
  leave(member: M): readonly Testament[] {
    const will = this.#wills.get(member);
    this.#wills.delete(member);
    if (will === undefined) return NOTHING;
    return will.isDetached ? will.destroyed : [...will.detached, ...will.destroyed];
  }

  /** @internal */
  census(): Census {
    let testaments = 0;
    for (const { detached, destroyed } of this.#wills.values()) testaments += detached.length + destroyed.length;
    return { testaments, 'sessions with testaments': this.#wills.size };
  }
}

/**
 * Reads the arguments of `wamp.session.add_testament`. Arguments that may be left out may be null. Throws ProtocolError over them, and refuses with `invalid_uri`
 * a topic that nobody may publish to.
 */
export function readTestament({ caller, args, kwargs }: Omit<ProcedureCall<Member>, 'procedure'>): TestamentRequest {
  const [topic] = args;
  if (!isUri(topic) || isReserved(topic)) throw new Refusal(WampUri.invalidUri);
  const scope = readScope(kwargs);
  const payload = { args: readPositional(args), kwargs: readNamed(args) };
  const options = readOptions(caller, kwargs);
  const size = 2 * topic.length + settle(payload) + settle(options);
  return { scope, publication: { type: MessageType.PUBLISH, request: 0, options, topic, ...payload }, size };
}

/** Reads the scope from the keyword arguments of both procedures. */
export function readScope(kwargs: Dict): TestamentScope {
  const scope = own(kwargs, 'scope') ?? 'destroyed';
  return SCOPES.find((each) => each === scope) ?? refuse('scope', `one of ${SCOPES.join(', ')}`, scope);
}

// Both have to be written even where there are none: what is empty is then left out, as in any other event.
function readPositional(args: List): List | undefined {
  const given = args[1] ?? [];
  if (!Array.isArray(given)) return refuse('args', 'a list', given);
  return given.length === 0 ? undefined : given;
}

function readNamed(args: List): Dict | undefined {
  const given = args[2] ?? {};
  if (!isDict(given)) return refuse('kwargs', 'a dictionary', given);
  return Object.keys(given).length === 0 ? undefined : given;
}

// There is nobody any more whom the broker could tell that it has taken the event.
function readOptions(caller: Member, kwargs: Dict): Dict {
  const given = own(kwargs, 'publish_options') ?? {};
  if (!isDict(given)) return refuse('publish_options', 'a dictionary', given);
  const { passthru, ...options } = readPublishOptions(given);
  if (passthru !== undefined && !caller.has('publisher', 'payload_passthru_mode')) {
    return refuse('publish_options.ppt_scheme', 'absent where the publisher has not announced payload_passthru_mode', passthru['ppt_scheme']);
  }
  return { ...writePublishOptions({ ...options, acknowledge: undefined }), ...passthru };
}
