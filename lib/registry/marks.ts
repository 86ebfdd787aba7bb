/**
 * What the decorators note, by object: instances for methods, classes for what is static. `Symbol.metadata`, which would be the place for it, is not
 * there in the runtimes of today.
 */
import type { Uri } from '../types.ts';
import type { ProcedureMethodOptions, SubscriberMethodOptions } from './methods.ts';

/** One decorated member. */
export type Mark = { readonly uri: Uri; readonly name: string | symbol } & (
  | { readonly kind: 'procedure'; readonly method: Function; readonly options: ProcedureMethodOptions }
  | { readonly kind: 'subscriber'; readonly method: Function; readonly options: SubscriberMethodOptions }
  | { readonly kind: 'error' }
);

const MARKS = new WeakMap<object, Mark[]>();

/** Notes a mark of an object or a class. A method that is decorated anew in a subclass is marked as that says, and not as the class above. */
export function note(owner: object, mark: Mark): void {
  const marks = MARKS.get(owner) ?? [];
  const kept = marks.filter((other) => other.name !== mark.name || other.kind === 'error' || mark.kind === 'error' || other.method === mark.method);
  MARKS.set(owner, [...kept, mark]);
}

/** The marks of an object: its own, and the errors of its classes; or those of a class, and of the classes above it. */
export function marksOf(object: object): readonly Mark[] {
  const isClass = typeof object === 'function';
  const statics: Mark[] = [];
  for (let at: unknown = isClass ? object : object.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const marks = MARKS.get(at) ?? [];
    // What is static and stands in a subclass as well is the subclass's.
    statics.unshift(...marks.filter((mark) => !statics.some(({ name }) => name === mark.name)));
  }
  return isClass ? statics : [...statics.filter(({ kind }) => kind === 'error'), ...MARKS.get(object) ?? []];
}
