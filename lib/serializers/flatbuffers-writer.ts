import { Builder } from 'flatbuffers';
import { SerializationError } from '../errors.ts';
import { show } from '../protocol/show.ts';
import { MessageType, type WampList } from '../protocol/messages.ts';
import type { Dict } from '../types.ts';
import { writeCbor } from './cbor-values.ts';
import { LAYOUTS, METHODS, rolesOf, type Kind, type Layout, type Names, type Slot } from './flatbuffers-schema.ts';

/** What is put into a slot once the table is begun. */
type Add = (builder: Builder, slot: number) => void;

const EVENT_RECEIVED_IN_USE = 337;

const LARGEST = { uint8: 2n ** 8n - 1n, uint16: 2n ** 16n - 1n, uint32: 2n ** 32n - 1n, uint64: 2n ** 64n - 1n };

/** Writes the list of a message as FlatBuffers. Throws SerializationError where a value has no place in the schema that could lose its meaning. */
export function writeFlatbuffers(list: WampList): Uint8Array {
  const type = list[0] === EVENT_RECEIVED_IN_USE ? MessageType.EVENT_RECEIVED : list[0];
  const layout = typeof type === 'number' ? LAYOUTS[type] : undefined;
  if (typeof type !== 'number' || layout === undefined) throw new SerializationError(`message type must be one that FlatBuffers have, got ${show(type)}`);

  const builder = new Builder();
  builder.forceDefaults(true); // what is given is written, so that it is told from what is not
  const table = writeTable(builder, layout.slots, (name) => valueOf(list, layout, name), type);
  builder.startObject(2);
  builder.addFieldInt8(0, type, 0);
  builder.addFieldOffset(1, table, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array().slice();
}

function valueOf(list: WampList, { elements, dict, payload }: Layout, name: string): unknown {
  const at = elements[name];
  if (at !== undefined) return list[at];
  if (payload !== undefined) {
    const isOpaque = list[payload] instanceof Uint8Array;
    if (name === 'payload') return isOpaque ? list[payload] : undefined;
    if (name === 'args') return isOpaque || isEmpty(list[payload]) ? undefined : list[payload];
    if (name === 'kwargs') return list[payload + 1];
  }
  const values = dict === undefined ? undefined : (list[dict] as Dict | undefined);
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Content first, since tables and vectors do not stand inside each other; then the table that leads to it. */
function writeTable(builder: Builder, slots: readonly Slot[], valueAt: (name: string) => unknown, type = 0): number {
  const adds = slots.map(([name, kind]) => {
    const value = kind === 'unused' ? undefined : valueAt(name);
    return value === undefined || value === null ? undefined : write(builder, kind, value, name, type);
  });
  builder.startObject(slots.length);
  adds.forEach((add, slot) => add?.(builder, slot));
  return builder.endObject();
}

function write(builder: Builder, kind: Kind, value: unknown, name: string, type: number): Add | undefined {
  switch (kind) {
    case 'unused': return undefined;
    case 'bool': return byte(value === true ? 1 : 0);
    case 'uint8': return byte(Number(integer(value, kind, name)));
    case 'uint16': return (to, slot) => to.addFieldInt16(slot, Number(integer(value, kind, name)), null);
    case 'uint32': return (to, slot) => to.addFieldInt32(slot, Number(integer(value, kind, name)), null);
    case 'uint64': return uint64(integer(value, kind, name));
    case 'text': return offset(builder.createString(text(value, name)));
    case 'bytes': return offset(builder.createByteVector(value as Uint8Array));
    case 'cbor': return offset(builder.createByteVector(writeCbor(value)));
    case 'uint64s': return offset(uint64s(builder, items(value, name).map((item) => integer(item, 'uint64', name))));
    case 'texts': return offset(offsets(builder, items(value, name).map((item) => builder.createString(text(item, name)))));
    case 'methods': return offset(builder.createByteVector(Uint8Array.from(items(value, name), (item) => numberOf(METHODS, item, name))));
    case 'principals': return offset(offsets(builder, items(value, name).map((item) => principal(builder, dictOf(item, name)))));
    case 'pair': return pair(builder, dictOf(value, name), name);
    case 'roles': return offset(roles(builder, dictOf(value, name), type));
    default: return byte(numberOf(kind, value, name));
  }
}

const byte = (value: number): Add => (builder, slot) => builder.addFieldInt8(slot, value, null);
const uint64 = (value: bigint): Add => (builder, slot) => builder.addFieldInt64(slot, value, null);
const offset = (value: number): Add => (builder, slot) => builder.addFieldOffset(slot, value, 0);

function uint64s(builder: Builder, values: readonly bigint[]): number {
  builder.startVector(8, values.length, 8);
  for (const value of values.toReversed()) builder.addInt64(value);
  return builder.endVector();
}

function offsets(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

function principal(builder: Builder, value: Dict): number {
  return writeTable(builder, [['session', 'uint64'], ['authid', 'text'], ['authrole', 'text']], (name) => value[name]);
}

// The schema has room for one text by one key.
function pair(builder: Builder, value: Dict, name: string): Add | undefined {
  const entries = Object.entries(value);
  const [entry] = entries;
  if (entry === undefined) return undefined;
  const [key, content] = entry;
  if (entries.length > 1 || typeof content !== 'string') {
    throw new SerializationError(`${name} must be one text to be written as FlatBuffers, got ${entries.map(([each]) => each).join(', ')}`);
  }
  return offset(writeTable(builder, [['key', 'text'], ['value', 'text']], (part) => (part === 'key' ? key : content)));
}

function roles(builder: Builder, value: Dict, type: number): number {
  const known = rolesOf(type);
  const adds = known.map(([role, names]) => {
    const announced = value[role];
    if (announced === undefined) return undefined;
    const features = dictOf(dictOf(announced, role)['features'] ?? {}, role);
    return offset(writeTable(builder, names.map((name): Slot => [name, 'bool']), (name) => features[name] === true || undefined));
  });
  builder.startObject(known.length);
  adds.forEach((add, slot) => add?.(builder, slot));
  return builder.endObject();
}

function integer(value: unknown, kind: keyof typeof LARGEST, name: string): bigint {
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  const number = isInteger ? BigInt(value) : -1n;
  if (number < 0n || number > LARGEST[kind]) throw refused(name, `an integer from 0 to ${LARGEST[kind]}`, value);
  return number;
}

function numberOf(names: Names, value: unknown, name: string): number {
  const number = typeof value === 'string' ? names.indexOf(value) : -1;
  if (number < 0 || value === '') throw refused(name, `one of ${names.filter(Boolean).join(', ')}`, value);
  return number;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refused(name, 'text', value);
  return value;
}

function items(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refused(name, 'a list', value);
  return value;
}

function dictOf(value: unknown, name: string): Dict {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(name, 'a dictionary', value);
  return value as Dict;
}

function refused(name: string, expected: string, value: unknown): SerializationError {
  return new SerializationError(`${name} must be ${expected} to be written as FlatBuffers, got ${show(value)}`);
}
