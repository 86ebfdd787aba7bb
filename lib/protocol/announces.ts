import type { Dict } from '../types.ts';
import { own } from './fields.ts';

/** What a peer can be (4.1): a client is any of the first four, a router any of the last two. */
export type Role = 'publisher' | 'subscriber' | 'caller' | 'callee' | 'broker' | 'dealer';

/**
 * Tells whether the peer that sent these details (of HELLO or WELCOME) announced a feature for a role: whether
 * `roles.<role>.features.<feature>` is `true`. Details of any shape will do; what is not there was not announced.
 */
export function announces(details: Dict, role: Role, feature: string): boolean {
  return own(own(own(own(details, 'roles'), role), 'features'), feature) === true;
}
