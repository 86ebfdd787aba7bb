import { keccak_256 as keccak } from '@noble/hashes/sha3.js';
import { isDict, own, refuse } from '../protocol/fields.ts';
import type { Dict } from '../types.ts';
import { fromHex, joinBytes } from './bytes.ts';

/** One field of a struct. */
export interface TypedDataField {
  readonly name: string;
  readonly type: string;
}

/** What is signed: the value of a struct, the types it is made of, and what it is for. */
export interface TypedData {
  /** Whom the signature is for, so that it is of no use elsewhere: `name`, `version`, `chainId`, `verifyingContract`, `salt`, as many of them as there are. */
  readonly domain: Dict;
  /** The structs by their names. `EIP712Domain` may be left out, and follows from `domain`. */
  readonly types: { readonly [name: string]: readonly TypedDataField[] };
  readonly primaryType: string;
  /** Integers as numbers, as bigints, or as digits; bytes as they are or in hexadecimal, with `0x` or without. */
  readonly message: Dict;
}

/** Deeper values serve nobody. */
const MAX_DEPTH = 32;
const MAX_FIELDS = 1000;
const MAX_ITEMS = 10_000;
const DOMAIN = 'EIP712Domain';
const DOMAIN_FIELDS: readonly TypedDataField[] = [
  { name: 'name', type: 'string' }, { name: 'version', type: 'string' }, { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' }, { name: 'salt', type: 'bytes32' },
];

const encoder = new TextEncoder();

/**
 * The 32 bytes that are signed (EIP-712): Keccak-256 of `19 01`, the hash of the domain, and that of the message.
 *
 * Throws ProtocolError where a value is not of its type. So is one that its type does not name: it would look signed, and would not be.
 */
export function hashTypedData({ domain, types, primaryType, message }: TypedData): Uint8Array {
  const structs = new Structs(isDict(types) ? types : refuse('types', 'an object', types), isDict(domain) ? domain : refuse('domain', 'an object', domain));
  return keccak(joinBytes(Uint8Array.of(0x19, 0x01), structs.hash(DOMAIN, domain, 'domain', 0), structs.hash(primaryType, message, 'message', 0)));
}

/** The structs of one hash. */
class Structs {
  readonly #types: Dict;
  readonly #domain: readonly TypedDataField[];
  readonly #hashes = new Map<string, Uint8Array>();

  constructor(types: Dict, domain: Dict) {
    this.#types = types;
    this.#domain = DOMAIN_FIELDS.filter(({ name }) => Object.hasOwn(domain, name));
  }

  hash(type: string, value: unknown, place: string, depth: number): Uint8Array {
    const fields = this.#fieldsOf(type, place);
    if (!isDict(value)) return refuse(place, `an object of the type ${type}`, value);
    if (depth > MAX_DEPTH) return refuse(place, `no deeper than ${MAX_DEPTH} structs and lists`, value);
    const stranger = Object.keys(value).find((key) => !fields.some(({ name }) => name === key));
    if (stranger !== undefined) return refuse(place, `an object with nothing but what ${type} names`, stranger);
    return keccak(joinBytes(this.#typeHash(type, place), ...fields.map((field) => this.#encode(field.type, own(value, field.name), `${place}.${field.name}`, depth + 1))));
  }

  #encode(type: string, value: unknown, place: string, depth: number): Uint8Array {
    const list = /^(.+)\[(\d*)\]$/.exec(type);
    if (list === null) return this.#isStruct(type) ? this.hash(type, value, place, depth) : encodeAtom(type, value, place);
    const [, item = '', count] = list;
    if (!Array.isArray(value) || (count !== '' && value.length !== Number(count))) return refuse(place, `a list of the type ${type}`, value);
    if (value.length > MAX_ITEMS) return refuse(place, `a list of up to ${MAX_ITEMS} values`, value);
    if (depth > MAX_DEPTH) return refuse(place, `no deeper than ${MAX_DEPTH} structs and lists`, value);
    return keccak(joinBytes(...value.map((each: unknown, at) => this.#encode(item, each, `${place}[${at}]`, depth + 1))));
  }

  #typeHash(type: string, place: string): Uint8Array {
    let hash = this.#hashes.get(type);
    if (hash === undefined) {
      const met = new Set<string>();
      this.#meet(type, met, place);
      met.delete(type);
      const text = [type, ...[...met].sort()].map((name) => `${name}(${this.#fieldsOf(name, place).map((field) => `${field.type} ${field.name}`).join(',')})`).join('');
      hash = keccak(encoder.encode(text));
      this.#hashes.set(type, hash);
    }
    return hash;
  }

  /** Collects a struct and those it is made of. */
  #meet(type: string, met: Set<string>, place: string): void {
    const waiting = [type];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (met.has(name)) continue;
      met.add(name);
      for (const field of this.#fieldsOf(name, place)) {
        const base = field.type.replace(/(\[\d*\])+$/, '');
        if (this.#isStruct(base)) waiting.push(base);
      }
    }
  }

  #isStruct(type: string): boolean {
    return Object.hasOwn(this.#types, type);
  }

  #fieldsOf(type: string, place: string): readonly TypedDataField[] {
    const fields = typeof type === 'string' ? own(this.#types, type) : undefined;
    if (fields === undefined && type === DOMAIN) return this.#domain;
    const isStruct = Array.isArray(fields) && fields.length <= MAX_FIELDS && /^[A-Za-z_$][\w$]*$/.test(type) && fields.every(isField);
    return isStruct ? fields : refuse(`type of ${place}`, 'a struct of types, a list of fields with name and type', type);
  }
}

function isField(field: unknown): boolean {
  return isDict(field) && [field['name'], field['type']].every((text) => typeof text === 'string' && /^[\w$[\]]+$/.test(text));
}

function encodeAtom(type: string, value: unknown, place: string): Uint8Array {
  const [, kind = '', size = ''] = /^([a-z]+)(\d*)$/.exec(type) ?? [];
  switch (kind) {
    case 'string': return size === '' && typeof value === 'string' ? keccak(encoder.encode(value)) : refuse(place, type, value);
    case 'bool': return size === '' && typeof value === 'boolean' ? word(BigInt(value)) : refuse(place, type, value);
    case 'bytes': return size === '' ? keccak(readBytes(value) ?? refuse(place, type, value)) : padded(readSized(value, Number(size), 32, type, place));
    case 'address': return size === '' ? leftPadded(readSized(value, 20, 20, type, place)) : refuse(place, 'a value of a known type', type);
    case 'uint':
    case 'int': return readInteger(value, kind === 'int', Number(size), type, place);
    default: return refuse(place, 'a value of a known type', type);
  }
}

function readInteger(value: unknown, isSigned: boolean, bits: number, type: string, place: string): Uint8Array {
  if (bits < 8 || bits > 256 || bits % 8 !== 0) return refuse(place, 'a value of a known type', type);
  const number = typeof value === 'bigint' || Number.isSafeInteger(value) || (typeof value === 'string' && /^(-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value))
    ? BigInt(value as bigint | number | string)
    : refuse(place, type, value);
  const [least, end] = isSigned ? [-(1n << BigInt(bits - 1)), 1n << BigInt(bits - 1)] : [0n, 1n << BigInt(bits)];
  return number >= least && number < end ? word(BigInt.asUintN(256, number)) : refuse(place, type, value);
}

function readSized(value: unknown, size: number, most: number, type: string, place: string): Uint8Array {
  const bytes = size >= 1 && size <= most ? readBytes(value) : undefined;
  return bytes?.length === size ? bytes : refuse(place, type, value);
}

function readBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return undefined;
  const digits = value.replace(/^0x/, '');
  return digits.length % 2 === 0 ? fromHex(digits, digits.length / 2) : undefined;
}

function word(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, '0'), 32)!;
}

function padded(bytes: Uint8Array): Uint8Array {
  return joinBytes(bytes, new Uint8Array(32 - bytes.length));
}

function leftPadded(bytes: Uint8Array): Uint8Array {
  return joinBytes(new Uint8Array(32 - bytes.length), bytes);
}
