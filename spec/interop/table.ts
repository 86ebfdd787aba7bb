import type { Scenario } from './matrix/scenario.ts';
import { Cannot, type Library, type SerializerName } from './peer.ts';

/** What came of a scenario. */
export type Result = 'holds' | 'fails' | Cannot;

/** What came of the scenarios, as the Markdown of README.md. */
export class Table {
  readonly #libraries: readonly string[];
  readonly #paired: readonly string[];
  /** By line and library: what came of it with each serializer. */
  readonly #lines = new Map<string, Map<string, Map<SerializerName, Result>>>();
  readonly #pairs = new Map<string, Map<string, Result>>();
  readonly #notes: string[] = [];

  /** Libraries that are played with ours, and those of them that are played with each other. */
  constructor({ libraries, paired }: { readonly libraries: readonly string[]; readonly paired: readonly string[] }) {
    this.#libraries = libraries;
    this.#paired = paired;
  }

  /** Notes what came of a scenario between a library and ours. */
  note({ name }: Scenario, part: string, library: Library, serializer: SerializerName, result: Result): void {
    const line = entry(this.#lines, part === '' ? name : `${name}, as ${part}`, () => new Map<string, Map<SerializerName, Result>>());
    entry(line, library.name, () => new Map<SerializerName, Result>()).set(serializer, result);
  }

  /** Notes what came of a scenario between two of them. */
  notePair(first: Library, second: Library, spec: string, result: Result): void {
    entry(this.#pairs, `${first.name}|${second.name}`, () => new Map<string, Result>()).set(spec, result);
  }

  toString(): string {
    const lines = [...this.#lines].map(([name, cells]) => [name, ...this.#libraries.map((library) => this.#cell(cells.get(library)))]);
    const pairs = this.#paired.map((first) => [first, ...this.#paired.map((second) => sum([...this.#pairs.get(`${first}|${second}`)?.values() ?? []]))]);
    const notes = this.#notes.map((note, at) => `${at + 1}. ${note}`);
    return [
      ...markdown(['', ...this.#libraries], lines), '', ...notes, '',
      ...markdown(['callee or subscriber, with caller or publisher', ...this.#paired], pairs),
    ].join('\n');
  }

  #cell(results: ReadonlyMap<SerializerName, Result> = new Map()): string {
    const shown = [...results].map(([serializer, result]) => [serializer, this.#show(result)] as const);
    const [[, first] = ['', '']] = shown;
    return shown.every(([, text]) => text === first) ? first : shown.map(([serializer, text]) => `${serializer} ${text}`).join(', ');
  }

  #show(result: Result): string {
    if (!(result instanceof Cannot)) return result === 'holds' ? 'yes' : 'NO';
    if (!this.#notes.includes(result.message)) this.#notes.push(result.message);
    return `(${this.#notes.indexOf(result.message) + 1})`;
  }
}

function sum(results: readonly Result[]): string {
  const count = (is: (result: Result) => boolean): number => results.filter(is).length;
  const failed = count((result) => result === 'fails');
  return `${count((result) => result === 'holds')} of ${count((result) => !(result instanceof Cannot))}${failed > 0 ? '!' : ''}`;
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
