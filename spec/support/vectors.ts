/** The published test vectors of WAMP. They are read where they lie beside the project, and are no part of it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Dict, List } from '../../lib/types.ts';

/** Serializers that the vectors have and we have too. */
export type Format = 'json' | 'msgpack' | 'cbor' | 'ubjson' | 'flatbuffers';

/** One message in each format, and what it says. */
export interface MessageSample {
  readonly name: string;
  /** The ways of writing it; any of them will do. */
  readonly frames: { readonly [F in Format]: readonly Uint8Array[] };
  readonly expected: Dict;
}

/** One message with options that are fine, or that break a rule. */
export interface OptionsSample {
  readonly name: string;
  readonly list: List;
  /** A word of the error, where there has to be one. */
  readonly refusedFor: string | undefined;
}

/** What several sessions and a router say to one another, in order. */
export interface MultiSessionVector {
  readonly name: string;
  readonly sessions: readonly { readonly id: string; readonly realm: string; readonly roles: readonly string[] }[];
  readonly steps: readonly Step[];
}

/** One message: from a session to `router`, or from `router` to a session. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly message: Dict;
}

interface MultiSessionFile {
  readonly description: string;
  readonly sessions: readonly { readonly session_id: string; readonly realm: string; readonly roles: readonly string[] }[];
  readonly sequence: readonly Step[];
}

interface VectorFile {
  readonly wamp_message_type: string;
  readonly samples: readonly Sample[];
}
interface Sample {
  readonly description: string;
  readonly serializers?: { readonly [format: string]: readonly { readonly bytes_hex: string }[] };
  readonly expected_attributes?: Dict;
  readonly test_category?: string;
  readonly wmsg?: List;
  readonly expected_error?: { readonly contains: string };
}

/** The folder `shared/vectors` next to one of the folders above this file; `undefined` where there is none. */
export function findVectors(): string | undefined {
  for (let above = import.meta.dirname; above !== dirname(above); above = dirname(above)) {
    const folder = join(above, 'shared', 'vectors');
    if (existsSync(folder)) return folder;
  }
  return undefined;
}

/** The samples that have bytes. */
export function messageSamples(vectors: string): readonly MessageSample[] {
  return samplesOf(vectors).flatMap(({ name, sample: { serializers, expected_attributes: expected } }) => {
    if (serializers === undefined || expected === undefined) return [];
    const frames = (format: Format) => (serializers[format] ?? []).map((form) => fromHex(form.bytes_hex));
    return [{ name, expected, frames: { json: frames('json'), msgpack: frames('msgpack'), cbor: frames('cbor'), ubjson: frames('ubjson'), flatbuffers: frames('flatbuffers') } }];
  });
}

/** The samples that are about the values of options. */
export function optionsSamples(vectors: string): readonly OptionsSample[] {
  return samplesOf(vectors).flatMap(({ name, sample }) =>
    sample.test_category === 'options_validation' && sample.wmsg !== undefined
      ? [{ name, list: sample.wmsg, refusedFor: sample.expected_error?.contains }]
      : [],
  );
}

/** The vectors of whole sessions. */
export function multiSessionVectors(vectors: string): readonly MultiSessionVector[] {
  const folder = join(vectors, 'multisession');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.map((file) => {
    const { description, sessions, sequence } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as MultiSessionFile;
    return { name: `${file}: ${description}`, sessions: sessions.map(({ session_id: id, realm, roles }) => ({ id, realm, roles })), steps: sequence };
  });
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function samplesOf(vectors: string): readonly { readonly name: string; readonly sample: Sample }[] {
  return ['basic', 'advanced'].flatMap((profile) => {
    const folder = join(vectors, 'singlemessage', profile);
    return readdirSync(folder).filter((file) => file.endsWith('.json')).flatMap((file) => {
      const { samples } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as VectorFile;
      return samples.map((sample) => ({ name: `${profile}/${file}: ${sample.description}`, sample }));
    });
  });
}
