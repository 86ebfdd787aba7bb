/** What happened, in words: one line for each thing that is worth one. */
import type { ClientState } from 'rxwamp';
import type { Change } from './changes.ts';
import { bytes, seconds } from './shapes.ts';

/** The line for a change, if it is worth one. */
export function noteOf(change: Change): string | undefined {
  switch (change.kind) {
    case 'listening':
      return `${change.taken === undefined ? '' : `port ${change.taken} is taken: `}router listens at ${change.url}, and shows a page at ${change.page}`;
    case 'note':
      return change.text;
    case 'state':
      return stateNote(change.state);
    case 'subscribed':
      return change.again ? 'subscribed again' : `subscribed to ${change.topic}`;
    case 'suspended':
      // Before the first session nothing was lost.
      return change.cause === undefined ? undefined : 'stream suspended';
    case 'gap':
      return `gap of ${seconds(change.duration)}`;
    case 'missed':
      return `${change.to - change.from + 1} samples missed: ${change.from} to ${change.to}`;
    case 'checksum':
      return `checksum of ${change.path}: ${change.checksum.files} files, ${bytes(change.checksum.bytes)}, sha256 ${change.checksum.sha256}`;
    case 'failed':
      return `checksum of ${change.path} failed: ${change.error.message}`;
    default:
      return undefined;
  }
}

/** The line for a state of a client, if it is worth one. */
export function stateNote(state: ClientState): string | undefined {
  switch (state.kind) {
    case 'joined':
      return `joined ${state.details.realm} as session ${state.details.id}, speaking ${state.details.subprotocol}`;
    case 'waiting':
      return `attempt ${state.attempt} in ${seconds(state.delay)}: ${reason(state.cause)}`;
    default:
      return undefined;
  }
}

/** Why a session ended, without the address: that is known. */
export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/ to wss?:\S+/, '') : String(cause);
}
