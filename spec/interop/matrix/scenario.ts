import type { Dict, List, Uri } from '../../../lib/types.ts';
import { Refusal, type Login, type Session } from '../peer.ts';

/** What a scenario has at hand. */
export interface Stage {
  /** A session of whoever plays this part. All of them leave at the end. */
  join(part: 'first' | 'second', login?: Login): Promise<Session>;
  /** A URI that no other scenario has. */
  uri(name: string): Uri;
}

/** One line of the table. */
export interface Scenario {
  readonly name: string;
  /** What the first peer is in it, and the second one; no second where one peer plays alone. */
  readonly parts: readonly [first: string, second?: string];
  play(stage: Stage): Promise<void>;
}

/** Who may log in. */
export const USERS: { readonly [K in 'ticket' | 'wampcra' | 'salted' | 'scram' | 'cryptosign']: Login } = {
  ticket: { method: 'ticket', authid: 'tina', secret: 'ticket of tina' },
  wampcra: { method: 'wampcra', authid: 'carl', secret: 'secret of carl' },
  scram: { method: 'scram', authid: 'scott', secret: 'password of scott' },
  salted: { method: 'wampcra', authid: 'sally', secret: 'password of sally' },
  cryptosign: { method: 'cryptosign', authid: 'cora', secret: '5e'.repeat(32) },
};

/** What the password of `salted` is salted with. */
export const SALTING = { salt: 'salt', iterations: 1000, keylen: 32 } as const;

/** A secret that could be a user's, and is not. */
export function guess({ method }: Login): string {
  return method === 'cryptosign' ? '6f'.repeat(32) : 'guessed';
}

/** What is sent there and back. */
export const ARGS: List = [1, -2.5, 2 ** 40, 'zwei', true, null, [], ['ä', { 'ß': ['\u{1F600}'] }]];
export const KWARGS: Dict = { text: 'ä\u0000\n"', none: null, list: [1, [2]], dict: { deep: { deeper: false } } };

/** The error of what ought to be refused. It may be awaited late, or not at all. */
export function refusalOf(promise: Promise<unknown>): Promise<{ uri: Uri; args: List; kwargs: Dict }> {
  const refusal = promise.then((value) => { throw new Error(`nothing was refused, got ${JSON.stringify(value)}`); }, (error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    const { uri, args, kwargs } = error;
    return { uri, args, kwargs };
  });
  refusal.catch(() => {});
  return refusal;
}

/** The first positional argument of each event. */
export function values(events: readonly { readonly args: List }[]): readonly unknown[] {
  return events.map(({ args }) => args[0]);
}
