import type { Passthru, Transparency } from '../protocol/payload-passthru.ts';
import type { Payload, PayloadInput, Uri } from '../types.ts';

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

/**
 * Encodes the payloads that a client sends, and decodes those that it gets: of publications, events, calls, invocations, results (progressive ones too) and
 * errors. It answers at once. What either method throws keeps the payload from being sent, or from being handed on: `publish` and `call` error with
 * it, an event is left out and the error reported, an invocation is answered with an error.
 *
 * ```ts
 * const rot13: PayloadCodec = {
 *   encode: ({ args }) => ({ payload: write(args), passthru: { scheme: 'x_rot13' } }),
 *   decode: ({ payload, passthru }) => (passthru?.scheme === 'x_rot13' ? { args: read(payload) } : undefined),
 * };
 * ```
 */
export interface PayloadCodec {
  /** The payload as it goes on its way; `undefined` where it goes as it is. */
  encode(payload: Payload, context: PayloadContext): EncodedPayload | undefined;
  /**
   * What was encoded; `undefined` where it is none of this codec's, and goes to the application as bytes. `payload` is empty where a message says that it is
   * encoded and has anything else but bytes.
   */
  decode(encoded: EncodedPayload, context: PayloadContext): PayloadInput | undefined;
  /**
   * Whether a payload may come that this codec has not decoded; where it may not, it is handled as one that cannot be decoded. Not asked of errors, which
   * routers answer with too.
   *
   * @default it may
   */
  acceptsPlain?(context: PayloadContext): boolean;
}
