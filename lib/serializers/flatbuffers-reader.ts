import { SerializationError } from '../errors.ts';
import { readCbor } from './cbor-values.ts';
import { ALL_ROLES, LAYOUTS, METHODS, rolesOf, type Kind, type Layout, type Names } from './flatbuffers-schema.ts';
import { FlatFrame, FlatTable } from './flatbuffers-table.ts';

/** Reads a message as the list that it is. Throws SerializationError, and RangeError or TypeError where it leads out of the frame or has no UTF-8. */
export function readFlatbuffers(bytes: Uint8Array): readonly unknown[] {
  const root = new FlatFrame(bytes).root();
  const at = root.place(0);
  const type = at === undefined ? 0 : root.frame.view.getUint8(at);
  const layout = LAYOUTS[type];
  const table = root.table(1);
  if (layout === undefined) throw new SerializationError(`FlatBuffers message must be of a type that WAMP has, got ${type}`);
  if (table === undefined) throw new SerializationError('FlatBuffers message must have a table');
  return listOf(type, layout, readSlots(table, type, layout));
}

function readSlots(table: FlatTable, type: number, { slots }: Layout): Map<string, unknown> {
  const values = new Map<string, unknown>();
  slots.forEach(([name, kind], slot) => {
    const at = table.place(slot);
    if (at !== undefined && kind !== 'unused') values.set(name, readSlot(table.frame, at, kind, type));
  });
  return values;
}

function listOf(type: number, { elements, dict, isDictOptional = false, payload }: Layout, values: Map<string, unknown>): readonly unknown[] {
  const list: unknown[] = [type];
  for (const [name, at] of Object.entries(elements)) {
    list[at] = values.get(name) ?? (name === 'extra' ? {} : name === 'method' ? METHODS[0] : null);
    values.delete(name);
  }
  const [args, kwargs, bytes] = ['args', 'kwargs', 'payload'].map((name) => {
    const value = values.get(name);
    values.delete(name);
    return value;
  });
  if (ALL_ROLES[type] !== undefined && !values.has('roles')) values.set('roles', Object.fromEntries(ALL_ROLES[type].map((role) => [role, {}])));
  if (dict !== undefined && (values.size > 0 || !isDictOptional)) list[dict] = Object.fromEntries(values);
  if (payload === undefined) return list;
  if (bytes !== undefined) return [...list, bytes];
  if (kwargs !== undefined) return [...list, args ?? [], kwargs];
  return args === undefined ? list : [...list, args];
}

function readSlot(frame: FlatFrame, at: number, kind: Exclude<Kind, 'unused'>, type: number): unknown {
  switch (kind) {
    case 'bool': return frame.view.getUint8(at) !== 0;
    case 'uint8': return frame.view.getUint8(at);
    case 'uint16': return frame.view.getUint16(at, true);
    case 'uint32': return frame.view.getUint32(at, true);
    case 'uint64': return readUint64(frame, at);
    case 'text': return frame.text(at);
    case 'bytes': return frame.slice(at);
    case 'cbor': return readCbor(frame.slice(at));
    case 'uint64s': return readVector(frame, at, 8, (element) => readUint64(frame, element));
    case 'texts': return readVector(frame, at, 4, (element) => frame.text(element));
    case 'methods': return readVector(frame, at, 1, (element) => nameOf(METHODS, frame.view.getUint8(element)));
    case 'principals': return readVector(frame, at, 4, (element) => readPrincipal(new FlatTable(frame, frame.follow(element))));
    case 'pair': return readPair(new FlatTable(frame, frame.follow(at)));
    case 'roles': return readRoles(new FlatTable(frame, frame.follow(at)), type);
    default: return nameOf(kind, frame.view.getUint8(at));
  }
}

function readUint64({ view }: FlatFrame, at: number): number | bigint {
  const value = view.getBigUint64(at, true);
  return value <= 2n ** 53n ? Number(value) : value;
}

function readVector<T>(frame: FlatFrame, at: number, size: number, read: (element: number) => T): readonly T[] {
  const { first, count } = frame.vector(at, size);
  return Array.from({ length: count }, (_, n) => read(first + n * size));
}

function nameOf(names: Names, number: number): string {
  const name = names[number];
  if (name === undefined) throw new SerializationError(`FlatBuffers value must be one of ${names.join(', ')}, got ${number}`);
  return name;
}

function readPair(table: FlatTable): { readonly [key: string]: string } {
  const [key, value] = [table.place(0), table.place(1)];
  return key === undefined ? {} : Object.fromEntries([[table.frame.text(key), value === undefined ? '' : table.frame.text(value)]]);
}

function readPrincipal(table: FlatTable): object {
  const [session, authid, authrole] = [table.place(0), table.place(1), table.place(2)];
  return {
    session: session === undefined ? 0 : readUint64(table.frame, session),
    authid: authid === undefined ? null : table.frame.text(authid),
    authrole: authrole === undefined ? null : table.frame.text(authrole),
  };
}

function readRoles(table: FlatTable, type: number): object {
  const roles: [string, object][] = [];
  rolesOf(type).forEach(([role, features], slot) => {
    const announced = table.table(slot);
    if (announced === undefined) return;
    const names = features.filter((_, at) => {
      const place = announced.place(at);
      return place !== undefined && announced.frame.view.getUint8(place) !== 0;
    });
    roles.push([role, names.length === 0 ? {} : { features: Object.fromEntries(names.map((name) => [name, true])) }]);
  });
  return Object.fromEntries(roles);
}
