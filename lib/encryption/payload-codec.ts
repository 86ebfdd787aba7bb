import { EncryptionError, FeatureNotSupportedError, type WampErrorOptions } from '../errors.ts';
import { isDict } from '../protocol/fields.ts';
import type { Cargo } from '../protocol/messages.ts';
import { passthruOf, transparencyOf, writePassthru, writeTransparency, type Passthru, type Transparency } from '../protocol/payload-passthru.ts';
import { matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Dict, List, Payload, Uri } from '../types.ts';

/**
 * Who writes a payload: the originator calls or publishes, the responder answers a call. Of what an originator has written the reader is a
 * responder, and the other way round.
 */
export type PayloadOrigin = 'originator' | 'responder';

/** What a payload belongs to. */
export interface PayloadContext {
  /** The topic, the procedure, or of an ERROR that a callee answers with its URI. */
  readonly uri: Uri;
  /** Who writes it, or has written it. */
  readonly from: PayloadOrigin;
  /** Of an ERROR: the procedure that failed. Absent from all others. */
  readonly procedure?: Uri | undefined;
}

/**
 * A payload that nobody on its way looks into: bytes, and how they are to be read. With `passthru` they are the one argument of the message
 * ("Payload Passthru Mode"), with `transparency` they stand in the place of its arguments, as in Crossbar.io and Autobahn.
 */
export type EncodedPayload =
  | { readonly payload: Uint8Array; readonly passthru: Passthru; readonly transparency?: undefined }
  | { readonly payload: Uint8Array; readonly transparency: Transparency; readonly passthru?: undefined };

/** A payload as a message has it: what is not there is not sent. */
export type SentPayload = Pick<Cargo, 'args' | 'kwargs'>;

/** The payload of a message, and its options. */
export interface OutgoingPayload extends SentPayload {
  readonly payload: Uint8Array | undefined;
  readonly options: Dict;
}

const NO_ARGS: List = Object.freeze([]);
const NO_KWARGS: Dict = Object.freeze({});
const NO_BYTES = new Uint8Array(0);

/**
 * Encodes the payloads that a client sends, and decodes those that it gets: of publications, events, calls, invocations, results (progressive ones too) and
 * errors. It answers at once. What a method throws keeps the payload from being sent, or from being handed on: `publish` and `call` error with
 * it, an event is left out and the error reported, an invocation is answered with an error. What is no EncryptionError becomes the cause of one.
 *
 * ```ts
 * class Zipped extends PayloadCodec {
 *   override encode(payload: Payload): EncodedPayload {
 *     return { payload: zip(payload), passthru: { scheme: 'x_zip' } };
 *   }
 *
 *   override decode({ payload, passthru }: EncodedPayload): Payload | undefined {
 *     return passthru?.scheme === 'x_zip' ? unzip(payload) : undefined;
 *   }
 * }
 * ```
 */
export abstract class PayloadCodec {
  /** The payload as it goes on its way; `undefined` where it goes as it is. */
  abstract encode(payload: Payload, context: PayloadContext): EncodedPayload | undefined;

  /**
   * What was encoded; `undefined` where it is none of this codec's, and goes to the application as bytes. `payload` is empty where a message says that it is
   * encoded and has anything else but bytes.
   */
  abstract decode(encoded: EncodedPayload, context: PayloadContext): Partial<Payload> | undefined;

  /**
   * Whether a payload may come that this codec has not decoded; where it may not, it is handled as one that cannot be decoded. Not asked of errors, which
   * routers answer with too. Unless it is overridden every one may.
   */
  acceptsPlain(_context: PayloadContext): boolean {
    return true;
  }

  /**
   * Lays a payload out for its message; `undefined` where it goes as it is. Throws EncryptionError, and FeatureNotSupportedError where the router does not
   * announce that it hands on what is encoded so.
   *
   * @internal
   */
  write({ args = NO_ARGS, kwargs = NO_KWARGS }: SentPayload, options: Dict, context: PayloadContext, announces: (feature: string) => boolean): OutgoingPayload | undefined {
    const encoded = coding('encoded', context, () => this.encode({ args, kwargs }, context));
    if (encoded === undefined) return undefined;
    const { payload, passthru, transparency } = encoded;
    const feature = passthru === undefined ? 'payload_transparency' : 'payload_passthru_mode';
    if (!announces(feature)) throw new FeatureNotSupportedError(`router must announce ${feature} for the payload of ${context.uri}, got none`);
    if (passthru === undefined) return { args: undefined, kwargs: undefined, payload, options: { ...options, ...writeTransparency(transparency) } };
    return { args: [payload], kwargs: undefined, payload: undefined, options: { ...options, ...writePassthru(passthru) } };
  }

  /**
   * Reads the payload of a message; `undefined` where it is to be taken as it is. Throws EncryptionError, and nothing else, where it cannot be read, or must
   * not have come plain; then nothing of it is to be handed on.
   *
   * @param blame what the error is to say besides
   * @internal
   */
  read(cargo: Cargo, details: Dict, context: PayloadContext, blame?: () => WampErrorOptions): SentPayload | undefined {
    try {
      return coding('decoded', context, () => this.#read(cargo, details, context));
    } catch (error) {
      if (blame === undefined) throw error;
      const { message, reason, cause } = error as EncryptionError;
      throw new EncryptionError(message, { reason, cause, ...blame() });
    }
  }

  /**
   * The URI that a message names, where its subscription or registration covers it. A router that names another one could otherwise have the payload
   * handled as one of a URI that needs no key.
   *
   * @internal
   */
  coveredUri(named: unknown, pattern: Uri, match: MatchPolicy): Uri {
    return typeof named === 'string' && matches(pattern, match, named) ? named : pattern;
  }

  #read(cargo: Cargo, details: Dict, context: PayloadContext): SentPayload | undefined {
    const encoded = encodedIn(cargo, details);
    const decoded = encoded && this.decode(encoded, context);
    if (decoded !== undefined) {
      const { args, kwargs } = decoded;
      if ((args === undefined || Array.isArray(args)) && (kwargs === undefined || isDict(kwargs))) return { args, kwargs };
      throw new TypeError('decode must give args and kwargs');
    }
    if (context.procedure !== undefined || this.acceptsPlain(context)) return undefined;
    throw new EncryptionError(`payload of ${context.uri} must be encrypted, got a plain one`, { reason: 'not-encrypted' });
  }
}

function encodedIn({ args, kwargs, payload }: Cargo, details: Dict): EncodedPayload | undefined {
  if (payload !== undefined) return { payload, transparency: transparencyOf(details) };
  const passthru = passthruOf(details);
  if (passthru === undefined) return undefined;
  const [bytes] = args ?? NO_ARGS;
  const isOne = args?.length === 1 && Object.keys(kwargs ?? NO_KWARGS).length === 0;
  return { payload: isOne && bytes instanceof Uint8Array ? bytes : NO_BYTES, passthru };
}

// A codec may be anybody's.
function coding<T>(what: 'encoded' | 'decoded', { uri }: PayloadContext, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw cause instanceof EncryptionError ? cause : new EncryptionError(`payload of ${uri} cannot be ${what}`, { reason: 'malformed', cause });
  }
}
