/**
 * Payloads that are no business of the router's: it hands on what says how to read them, and does not look into them.
 */
import type { Dict } from '../types.ts';
import { refuse, show } from './fields.ts';

/** How a payload is to be read that no peer on its way looks into ("Payload Passthru Mode"). */
export interface Passthru {
  /** What the payload is part of: `mqtt`, `wamp` for end-to-end encryption, or a name of your own that begins with `x_`. */
  readonly scheme: string;
  /** How it was written: `native`, as it is, or `json`, `msgpack`, `cbor`, … */
  readonly serializer?: string | undefined;
  /** How it was encrypted, where it was. */
  readonly cipher?: string | undefined;
  /** Which key opens it. */
  readonly keyid?: string | undefined;
}

/** The same in payload transparency, which Crossbar.io and Autobahn had before: opaque bytes in the place of the arguments. */
export interface Transparency {
  readonly algo: string;
  readonly serializer?: string | undefined;
  readonly key?: string | undefined;
}

/** "Payload Passthru Mode". Without the first there is none. */
const PASSTHRU = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const;
const TRANSPARENCY = ['enc_algo', 'enc_key', 'enc_serializer'] as const;

/**
 * The `ppt_` attributes of a message, as they go into the details of what comes of it; `undefined` where there is no scheme, or an empty
 * one. Throws ProtocolError where one of them is no text. `type` names the message: `PUBLISH`.
 */
export function readPassthru(options: Dict, type: string): Dict | undefined {
  return Object.hasOwn(options, 'ppt_scheme') ? textsOf(options, PASSTHRU, type) : undefined;
}

/** The `enc_` attributes of a message, likewise. They need no announcement. */
export function readTransparency(options: Dict, type: string): Dict | undefined {
  return Object.hasOwn(options, 'enc_algo') ? textsOf(options, TRANSPARENCY, type) : undefined;
}

/** Reads what a user passed as `passthru`. Throws TypeError where one of its parts is no text, or there is no scheme. */
export function checkPassthru(passthru: Passthru): void {
  for (const name of ['scheme', 'serializer', 'cipher', 'keyid'] as const) {
    const text: unknown = passthru[name];
    if (name === 'scheme' ? typeof text !== 'string' || text === '' : text !== undefined && typeof text !== 'string') {
      throw new TypeError(`passthru.${name} must be a string${name === 'scheme' ? ' that is not empty' : ''}, got ${show(text)}`);
    }
  }
}

/** The `ppt_` attributes, for options; what is `undefined` is not sent. */
export function writePassthru({ scheme, serializer, cipher, keyid }: Passthru): Dict {
  return { ppt_scheme: scheme, ppt_serializer: serializer, ppt_cipher: cipher, ppt_keyid: keyid };
}

/** The `enc_` attributes, likewise. */
export function writeTransparency({ algo, serializer, key }: Transparency): Dict {
  return { enc_algo: algo, enc_key: key, enc_serializer: serializer };
}

/** What the details of a message say of its payload; `undefined` where they name no scheme. What is no text is not there. */
export function passthruOf(details: Dict): Passthru | undefined {
  const [scheme, serializer, cipher, keyid] = PASSTHRU.map((key) => textIn(details, key));
  return scheme ? { scheme, serializer, cipher, keyid } : undefined;
}

/** The same of opaque bytes. */
export function transparencyOf(details: Dict): Transparency {
  const [algo = '', key, serializer] = TRANSPARENCY.map((name) => textIn(details, name));
  return { algo, serializer, key };
}

function textIn(dict: Dict, key: string): string | undefined {
  const value = Object.hasOwn(dict, key) ? dict[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function textsOf(options: Dict, keys: readonly [first: string, ...rest: string[]], type: string): Dict | undefined {
  const texts: { [key: string]: string } = {};
  for (const key of keys) {
    const value = Object.hasOwn(options, key) ? (options[key] ?? undefined) : undefined;
    if (value === undefined) continue;
    texts[key] = typeof value === 'string' ? value : refuse(`${type}.Options.${key}`, 'a string', value);
  }
  return texts[keys[0]] ? texts : undefined;
}
