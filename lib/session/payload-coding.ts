/** Where payloads turn into what goes on the wire, and back: plain ones as they are, others by the client's codec ("Payload Passthru Mode"). */
import type { EncodedPayload, PayloadCodec, PayloadContext } from '../encryption/payload-codec.ts';
import { EncryptionError, FeatureNotSupportedError, type WampErrorOptions } from '../errors.ts';
import type { Cargo } from '../protocol/messages.ts';
import { passthruOf, transparencyOf, writePassthru, writeTransparency, type Passthru } from '../protocol/payload-passthru.ts';
import { matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Dict, Uri } from '../types.ts';
import { NO_ARGS, NO_KWARGS, readPayload, type PreparedPayload } from './payload.ts';
import type { RoleHost } from './role-host.ts';

/** A payload as it goes on the wire, and the options of its message. */
export interface OutgoingPayload extends PreparedPayload {
  readonly payload: Uint8Array | undefined;
  readonly options: Dict;
}

/** What answers an invocation whose payload cannot be read, as it does in Autobahn. */
export const UNREADABLE: Uri = 'wamp.error.encryption.decrypt_error';

const NO_BYTES = new Uint8Array(0);

/**
 * Encodes what is sent. Throws FeatureNotSupportedError where the router does not announce that it passes on what is encoded so, EncryptionError where
 * the codec fails.
 *
 * @param passthru what the user says of a payload that is encoded already, and goes as it is
 */
export function outgoing(
  host: Pick<RoleHost, 'payloadCodec' | 'announces'>, role: 'broker' | 'dealer', { args, kwargs }: PreparedPayload, options: Dict, context: PayloadContext, passthru?: Passthru,
): OutgoingPayload {
  const { payloadCodec } = host;
  if (passthru !== undefined) {
    checkAnnounced(host, role, 'payload_passthru_mode', context);
    return { args, kwargs, payload: undefined, options: { ...options, ...writePassthru(passthru) } };
  }
  const encoded = payloadCodec && coding(`payload of ${context.uri} cannot be encoded`, () => payloadCodec.encode({ args: args ?? NO_ARGS, kwargs: kwargs ?? NO_KWARGS }, context));
  if (encoded === undefined) return { args, kwargs, payload: undefined, options };
  checkAnnounced(host, role, encoded.passthru === undefined ? 'payload_transparency' : 'payload_passthru_mode', context);
  if (encoded.passthru === undefined) return { args: undefined, kwargs: undefined, payload: encoded.payload, options: { ...options, ...writeTransparency(encoded.transparency) } };
  return { args: [encoded.payload], kwargs: undefined, payload: undefined, options: { ...options, ...writePassthru(encoded.passthru) } };
}

/** Whether there is nothing to decode: nearly always, and then nothing is made to find that out. */
export function isAsSent(codec: PayloadCodec | undefined, { payload }: Pick<Cargo, 'payload'>): boolean {
  return codec === undefined && payload === undefined;
}

/**
 * Decodes what came. Bytes that no codec reads are the one argument. Throws EncryptionError where the codec cannot read what it should, or where it must
 * not have come plain, and nothing else; then nothing of the payload is to be handed on.
 */
export function incoming(codec: PayloadCodec | undefined, cargo: Cargo, details: Dict, context: PayloadContext): PreparedPayload {
  const plain = cargo.payload === undefined ? cargo : { args: [cargo.payload], kwargs: undefined };
  if (codec === undefined) return plain;
  return coding(`payload of ${context.uri} cannot be decoded`, () => {
    const encoded = encodedIn(cargo, details);
    const decoded = encoded && codec.decode(encoded, context);
    if (decoded !== undefined) return readPayload(decoded);
    if (context.procedure !== undefined || codec.acceptsPlain?.(context) !== false) return plain;
    throw new EncryptionError(`payload of ${context.uri} must be encrypted, got a plain one`, { reason: 'not-encrypted' });
  });
}

/** The error that whoever asked for a payload gets in its place; `error` is what {@link incoming} has thrown. */
export function unreadable(error: unknown, options: WampErrorOptions): EncryptionError {
  const { message, reason, cause } = error as EncryptionError;
  return new EncryptionError(message, { reason, cause, ...options });
}

/**
 * The URI that a message names, where its subscription or registration covers it. A router that names another one could otherwise have the payload
 * handled as one of a URI that needs no key.
 */
export function coveredUri(named: unknown, { pattern, match }: { readonly pattern: Uri; readonly match: MatchPolicy }): Uri {
  return typeof named === 'string' && matches(pattern, match, named) ? named : pattern;
}

function encodedIn({ args, kwargs, payload }: Cargo, details: Dict): EncodedPayload | undefined {
  if (payload !== undefined) return { payload, transparency: transparencyOf(details) };
  const passthru = passthruOf(details);
  if (passthru === undefined) return undefined;
  const [bytes] = args ?? NO_ARGS;
  const isOne = args?.length === 1 && Object.keys(kwargs ?? NO_KWARGS).length === 0;
  return { payload: isOne && bytes instanceof Uint8Array ? bytes : NO_BYTES, passthru };
}

function checkAnnounced(host: Pick<RoleHost, 'announces'>, role: 'broker' | 'dealer', feature: string, { uri }: PayloadContext): void {
  if (!host.announces(role, feature)) throw new FeatureNotSupportedError(`router must announce ${feature} for the payload of ${uri}, got a ${role} without it`);
}

// A codec may be anybody's: whatever it throws is, or becomes the cause of, an EncryptionError.
function coding<T>(message: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw cause instanceof EncryptionError ? cause : new EncryptionError(message, { reason: 'malformed', cause });
  }
}
