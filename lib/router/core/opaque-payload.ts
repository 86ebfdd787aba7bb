/** Payloads that the router hands on without a look into them ("Payload Passthru Mode"): who may send them, and who can be sent them. */
import { ProtocolError } from '../../errors.ts';
import type { OpaquePayload } from '../../protocol/options.ts';
import type { Dict, List } from '../../types.ts';
import type { Member } from './outbound.ts';

const FEATURE = 'payload_passthru_mode';

/** What an ERROR `feature_not_supported` says where a payload cannot be handed on. */
export const NO_PASSTHRU: Readonly<Record<'caller' | 'callee', List>> = Object.freeze({
  caller: Object.freeze([`caller must announce ${FEATURE}`]),
  callee: Object.freeze([`callee must announce ${FEATURE}`]),
});

/** Throws ProtocolError where a message uses payload passthru mode and its sender has not announced it. `type` names the message. */
export function checkPassthru(sender: Member, role: 'publisher' | 'caller' | 'callee', { passthru }: OpaquePayload, type: string): void {
  if (passthru === undefined || sender.has(role, FEATURE)) return;
  throw new ProtocolError(`${type}.Options.ppt_scheme must be absent where the ${role} has not announced ${FEATURE}`);
}

/** Whether somebody can read a payload. The older transparency is announced by nobody. */
export function takesPayload(receiver: Member, role: 'caller' | 'callee', { passthru }: OpaquePayload): boolean {
  return passthru === undefined || receiver.has(role, FEATURE);
}

/** What the details of a message say of its payload; `undefined` where there is nothing to say. */
export function opaqueDetails({ passthru, transparency }: OpaquePayload): Dict | undefined {
  return transparency === undefined ? passthru : { ...passthru, ...transparency };
}
