/**
 * Payloads that are no business of the router's: it hands on what says how to read them, and does not look into them.
 */
import type { Dict } from '../types.ts';
import { refuse } from './fields.ts';

/** "Payload Passthru Mode". Without the first there is none. */
const PASSTHRU = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const;
/** Payload transparency, which Crossbar.io and Autobahn had before: opaque bytes in the place of the arguments. */
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

function textsOf(options: Dict, keys: readonly [first: string, ...rest: string[]], type: string): Dict | undefined {
  const texts: { [key: string]: string } = {};
  for (const key of keys) {
    const value = Object.hasOwn(options, key) ? (options[key] ?? undefined) : undefined;
    if (value === undefined) continue;
    texts[key] = typeof value === 'string' ? value : refuse(`${type}.Options.${key}`, 'a string', value);
  }
  return texts[keys[0]] ? texts : undefined;
}
