import { isDict } from '../protocol/fields.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { SessionDetails } from './options.ts';

/** What WELCOME says of a session, whatever shape it has; `realm` is the one that was asked for. */
export function readSessionDetails(id: Id, realm: Uri, subprotocol: string, welcome: Dict): SessionDetails {
  const text = (key: string): string | undefined => (typeof welcome[key] === 'string' ? welcome[key] : undefined);
  return {
    id, realm: text('realm') ?? realm, authid: text('authid'), authrole: text('authrole'), authmethod: text('authmethod'), authprovider: text('authprovider'),
    authextra: isDict(welcome['authextra']) ? welcome['authextra'] : {}, subprotocol, welcome,
  };
}
