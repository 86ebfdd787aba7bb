import { isDict, show } from '../protocol/fields.ts';
import { nameOf } from '../protocol/lifecycle.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import { withoutTokens } from '../protocol/resumption.ts';
import type { Dict } from '../types.ts';

/**
 * Makes what is shown of a message: the message itself, or another one of the same type with less in it. The one it is given is still in use
 * and must stay as it is. What proves who somebody is was taken out before.
 */
export type Redact = (message: Message) => Message;

const HIDDEN = '***';

/** The message without what proves who somebody is: the values of AUTHENTICATE and CHALLENGE, of `authextra`, and the token of a session. */
export function withoutSecrets(message: Message): Message {
  switch (message.type) {
    case MessageType.AUTHENTICATE: return { ...message, signature: HIDDEN, extra: hidden(message.extra) };
    case MessageType.CHALLENGE: return { ...message, extra: hidden(message.extra) };
    case MessageType.HELLO: case MessageType.WELCOME: return { ...message, details: withoutProofs(message.details) };
    default: return message;
  }
}

/** The message as a rule of the user's has it. Throws what the rule throws, and TypeError where it gives something else. */
export function redacted(message: Message, redact: Redact): Message {
  const shown: unknown = redact(message);
  if (isDict(shown) && shown['type'] === message.type) return shown as unknown as Message;
  throw new TypeError(`redact must give ${nameOf(message.type)} for ${nameOf(message.type)}, got ${isDict(shown) ? `a message of type ${show(shown['type'])}` : show(shown)}`);
}

/** The message without anything that an application put into it but URIs: what is shown where nobody knows what may be. */
export function withoutContent(message: Message): Message {
  return {
    ...message,
    ...('options' in message && { options: {} }),
    ...('details' in message && { details: {} }),
    ...('args' in message && { args: undefined, kwargs: undefined, payload: undefined, source: undefined }),
  };
}

function withoutProofs(details: Dict): Dict {
  const { authextra } = details;
  const safe = withoutTokens(details);
  return authextra === undefined ? safe : { ...safe, authextra: isDict(authextra) ? hidden(authextra) : HIDDEN };
}

// Which values there were is no secret.
function hidden(values: Dict): Dict {
  return Object.fromEntries(Object.keys(values).map((key) => [key, HIDDEN]));
}
