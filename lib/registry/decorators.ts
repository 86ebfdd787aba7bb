/** Standard (TC39) decorators that say what a member is served as. They change nothing of it: a `Registry` reads what they noted. */
import { show } from '../protocol/show.ts';
import type { ErrorClass, MappedError } from '../session/error-mapping.ts';
import type { Uri } from '../types.ts';
import { note } from './marks.ts';
import type { ProcedureMethodOptions, SubscriberMethodOptions } from './methods.ts';

/** Decorates a public method. */
export type MethodMark = <This, Args extends readonly any[], R>(
  method: (this: This, ...args: Args) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => R> & { readonly private: false },
) => void;

/** Decorates a static field with the class of an error. */
export type ErrorMark = <This>(
  value: undefined,
  context: ClassFieldDecoratorContext<This, ErrorClass> & { readonly static: true; readonly private: false } | ClassFieldDecoratorContext<This, MappedError> & { readonly static: true; readonly private: false },
) => void;

/**
 * Serves a method as a procedure. It gets the positional arguments, cut or padded to the parameters that it declares before the first one with a
 * default, and answers as every procedure does. `this` is its object, or its class where it is static. The URI is behind the prefix of the
 * registry. Throws TypeError, when the class is defined, at what is no public method.
 *
 * ```ts
 * class Calculator {
 *   @procedure('add') add(a: number, b: number) { return a + b; }
 *   @procedure('whoami', { invocation: true }) whoami({ caller }: Invocation) { return caller; }
 * }
 * ```
 */
export function procedure(uri: Uri, options: ProcedureMethodOptions = {}): MethodMark {
  return (method, context) => {
    checkMethod(context, `@procedure(${show(uri)})`);
    const { name } = context;
    context.addInitializer(function () { note(this as object, { kind: 'procedure', uri, name, method, options }); });
  };
}

/**
 * Has a method handle the events of a topic: it gets their positional arguments, as with {@link procedure}. Where it gives a promise, an Observable or an
 * AsyncIterable the next event waits until that is done. What it throws goes to `errors$`.
 *
 * ```ts
 * class Stock {
 *   readonly left = new Map<number, number>();
 *   @subscriber('sold') take(sku: number) { this.left.set(sku, (this.left.get(sku) ?? 0) - 1); }
 * }
 * ```
 */
export function subscriber(uri: Uri, options: SubscriberMethodOptions = {}): MethodMark {
  return (method, context) => {
    checkMethod(context, `@subscriber(${show(uri)})`);
    const { name } = context;
    context.addInitializer(function () { note(this as object, { kind: 'subscriber', uri, name, method, options }); });
  };
}

/**
 * Maps the class of an error, which is a static field, to a URI: as the option `errors` of a client does, for as long as the registry is served. The URI
 * stands as it is, whatever the prefix.
 *
 * ```ts
 * class Calculator {
 *   @wampError('com.calc.overflow') static readonly Overflow = OverflowError;
 * }
 * ```
 */
export function wampError(uri: Uri): ErrorMark {
  return (_value: undefined, context: ClassFieldDecoratorContext) => {
    const { kind, name } = context;
    if (kind !== 'field' || !context.static || context.private) throw new TypeError(`@wampError(${show(uri)}) must mark a public static field, got ${shown(context)}`);
    context.addInitializer(function () { note(this as object, { kind: 'error', uri, name }); });
  };
}

/** What a decorator is told of what it stands at. */
interface Member {
  readonly kind: string;
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
}

// The compiler says so too, to whoever uses one.
function checkMethod(context: Member, what: string): void {
  if (context.kind !== 'method' || context.private === true) throw new TypeError(`${what} must mark a public method, got ${shown(context)}`);
}

function shown({ kind, name, static: isStatic = false }: Member): string {
  return `the ${isStatic ? 'static ' : ''}${kind} ${String(name)}`;
}
