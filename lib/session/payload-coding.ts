/** Where payloads turn into what goes on the wire, and back. What a codec does with them comes with the codec, so that clients without one do without it. */
import type { OutgoingPayload, PayloadCodec, PayloadContext } from '../encryption/payload-codec.ts';
import { FeatureNotSupportedError, type WampErrorOptions } from '../errors.ts';
import type { Cargo } from '../protocol/messages.ts';
import { writePassthru, type Passthru } from '../protocol/payload-passthru.ts';
import type { Dict, Uri } from '../types.ts';
import type { PreparedPayload } from './payload.ts';
import type { RoleHost } from './role-host.ts';

/** What answers an invocation whose payload cannot be read, as it does in Autobahn. */
export const UNREADABLE: Uri = 'wamp.error.encryption.decrypt_error';

/**
 * A payload for its message. Throws FeatureNotSupportedError where the router does not announce that it hands on what is encoded, and what the codec throws.
 *
 * @param passthru what the user says of a payload that is encoded already, and goes as it is
 */
export function outgoing(
  host: Pick<RoleHost, 'payloadCodec' | 'announces'>, role: 'broker' | 'dealer', { args, kwargs }: PreparedPayload, options: Dict, context: PayloadContext, passthru?: Passthru,
): OutgoingPayload {
  if (passthru !== undefined) {
    if (!host.announces(role, 'payload_passthru_mode')) throw new FeatureNotSupportedError(`router must announce payload_passthru_mode for the payload of ${context.uri}, got none`);
    return { args, kwargs, payload: undefined, options: { ...options, ...writePassthru(passthru) } };
  }
  return host.payloadCodec?.write({ args, kwargs }, options, context, (feature) => host.announces(role, feature)) ?? { args, kwargs, payload: undefined, options };
}

/**
 * The payload of a message; opaque bytes that no codec reads are the one argument. Throws EncryptionError where the codec cannot read what it should.
 *
 * @param blame what the error is to say besides
 */
export function incoming(codec: PayloadCodec | undefined, cargo: Cargo, details: Dict, context: PayloadContext, blame?: () => WampErrorOptions): PreparedPayload {
  return codec?.read(cargo, details, context, blame) ?? (cargo.payload === undefined ? cargo : { args: [cargo.payload], kwargs: undefined });
}

/** Whether there is nothing to decode: nearly always, and then nothing is made to find that out. */
export function isAsSent(codec: PayloadCodec | undefined, { payload }: Pick<Cargo, 'payload'>): boolean {
  return codec === undefined && payload === undefined;
}
