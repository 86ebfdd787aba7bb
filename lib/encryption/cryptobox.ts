import { BOX_NONCE_BYTES, openBox, sealBox } from '../crypto/box.ts';
import { randomBytes } from '../crypto/bytes.ts';
import { EncryptionError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import type { Payload, Uri } from '../types.ts';
import { readEnvelope, writeEnvelope } from './envelope.ts';
import type { BoxKey, Keyring } from './keyring.ts';
import { PayloadCodec, type EncodedPayload, type PayloadContext, type PayloadOrigin } from './payload-codec.ts';

/** Options of {@link cryptobox}. */
export interface CryptoboxOptions {
  /**
   * How payloads are written; both ways are read.
   *
   * - `'passthru'`: as the specification has it ("Payload Passthru Mode", scheme `wamp`), in CBOR
   * - `'transparency'`: as Autobahn and Crossbar.io have it (`enc_algo: 'cryptobox'`), in JSON
   *
   * @default 'passthru'
   */
  readonly dialect?: 'passthru' | 'transparency' | undefined;
}

type Dialect = NonNullable<CryptoboxOptions['dialect']>;

const CIPHER = 'xsalsa20poly1305';
const ALGO = 'cryptobox';

/**
 * End-to-end encryption with the box of NaCl (X25519, XSalsa20, Poly1305): routers see URIs, ids, sizes and times, and nothing of a payload. Applies to
 * every URI for which the keyring has an entry, and to the errors of such a procedure; URIs that begin with `wamp.` are the router's, and go as they are.
 *
 * Where there is an entry nothing goes plain, in either direction: what cannot be encrypted is not sent, and what comes plain is handled as what cannot be
 * decrypted. Errors are the exception, as routers answer with them too. A payload is bound to its URI and direction, so that a router cannot have it read
 * as another one. It can leave payloads out, and it can bring one a second time: who must not act on one twice puts a number into it.
 *
 * ```ts
 * const keys = new Keyring({ 'com.shop.': { originator: { secretKey: ours }, responder: { publicKey: theirs } } });
 * const client = createClient({ url, realm, payloadCodec: cryptobox(keys) });
 * ```
 */
export function cryptobox(keyring: Keyring, { dialect = 'passthru' }: CryptoboxOptions = {}): PayloadCodec {
  if (dialect !== 'passthru' && dialect !== 'transparency') throw new RangeError(`dialect must be passthru or transparency, got ${show(dialect)}`);
  return new Cryptobox(keyring, dialect);
}

class Cryptobox extends PayloadCodec {
  readonly #keyring: Keyring;
  readonly #dialect: Dialect;

  constructor(keyring: Keyring, dialect: Dialect) {
    super();
    this.#keyring = keyring;
    this.#dialect = dialect;
  }

  override encode(payload: Payload, context: PayloadContext): EncodedPayload | undefined {
    const keys = writingKeys(this.#keyring, context, this.#dialect);
    if (keys === undefined) return undefined;
    const { uri, from } = context;
    const key = keys.find(({ roles }) => roles.has(from));
    if (key === undefined) throw missing(uri, `a secret key of the ${from}`);
    return this.#dialect === 'passthru'
      ? { payload: seal(writeEnvelope(payload, context, 'cbor'), key), passthru: { scheme: 'wamp', serializer: 'cbor', cipher: CIPHER, keyid: key.keyids[from] } }
      : { payload: seal(writeEnvelope(payload, context, 'json'), key), transparency: { algo: ALGO, serializer: 'json' } };
  }

  override decode(encoded: EncodedPayload, context: PayloadContext): Partial<Payload> | undefined {
    if (!isOurs(encoded)) return undefined;
    const opened = openWithAny(encoded, readingKeys(this.#keyring, context, encoded), context.uri);
    return readEnvelope(opened, context, (encoded.passthru ?? encoded.transparency).serializer);
  }

  override acceptsPlain(context: PayloadContext): boolean {
    return entriesFor(this.#keyring, context).length === 0;
  }
}

function isOurs({ passthru, transparency }: EncodedPayload): boolean {
  return passthru === undefined ? transparency.algo === ALGO : passthru.scheme === 'wamp';
}

/** The entries for a payload: of an error's URI the one of Autobahn, and that of its procedure. */
function entriesFor(keyring: Keyring, { uri, procedure }: PayloadContext): readonly (readonly BoxKey[])[] {
  if (procedure === undefined && uri.startsWith('wamp.')) return [];
  return [keyring.find(uri), procedure === undefined ? undefined : keyring.find(procedure)].filter((keys) => keys !== undefined);
}

// Who has the keys of an error's URI need not have those of the procedure; but Autobahn looks for the former.
function writingKeys(keyring: Keyring, context: PayloadContext, dialect: Dialect): readonly BoxKey[] | undefined {
  const entries = entriesFor(keyring, context);
  return dialect === 'passthru' ? entries.at(-1) : entries[0];
}

function readingKeys(keyring: Keyring, context: PayloadContext, { passthru }: EncodedPayload): readonly BoxKey[] {
  const { uri, from } = context;
  const reader: PayloadOrigin = from === 'originator' ? 'responder' : 'originator';
  if (passthru !== undefined && passthru.cipher !== CIPHER) throw new EncryptionError(`payload of ${uri} must be in ${CIPHER}, got another cipher`, { reason: 'unsupported' });
  const keys = entriesFor(keyring, context).flat().filter(({ roles, keyids }) => roles.has(reader) && (passthru?.keyid === undefined || sameId(keyids[from], passthru.keyid)));
  if (keys.length === 0) throw missing(uri, passthru?.keyid === undefined ? `a secret key of the ${reader}` : `the secret key of the ${reader} that it names`);
  return keys;
}

// An address is the same in either case: its letters are a checksum.
function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function seal(envelope: Uint8Array, { shared }: BoxKey): Uint8Array {
  const nonce = randomBytes(BOX_NONCE_BYTES);
  const box = sealBox(shared, nonce, envelope);
  const sealed = new Uint8Array(nonce.length + box.length);
  sealed.set(nonce);
  sealed.set(box, nonce.length);
  return sealed;
}

function openWithAny({ payload }: EncodedPayload, keys: readonly BoxKey[], uri: Uri): Uint8Array {
  if (payload.length < BOX_NONCE_BYTES) throw new EncryptionError(`payload of ${uri} must be a box and its nonce, got less`, { reason: 'malformed' });
  const [nonce, box] = [payload.subarray(0, BOX_NONCE_BYTES), payload.subarray(BOX_NONCE_BYTES)];
  for (const { shared } of keys) {
    const opened = openBox(shared, nonce, box);
    if (opened !== undefined) return opened;
  }
  throw new EncryptionError(`payload of ${uri} must be sealed with a key of ours, and as it was sealed, got another`, { reason: 'not-authentic' });
}

function missing(uri: Uri, key: string): EncryptionError {
  return new EncryptionError(`keyring must have ${key} for ${uri}, got none`, { reason: 'missing-key' });
}
