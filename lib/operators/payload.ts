import { map, type Observable } from 'rxjs';
import type { Dict, List, Payload } from '../types.ts';

/** The argument at a position: `undefined` behind the end of a tuple, and possibly `undefined` where list or position is not known. */
export type Arg<A extends List, N extends number> = A extends List
  ? (number extends N ? A[number] | undefined
    : `${N}` extends keyof A ? A[N]
    : number extends A['length'] ? A[number] | undefined
    : undefined)
  : never;

/** The keyword argument of a name: `undefined` where the type has none. */
export type Kwarg<K, N extends string> = K extends unknown ? (N extends keyof K ? K[N] : undefined) : never;

/**
 * Takes one positional argument out of each event, result, invocation or application error: the first is 0. Emits `undefined` where
 * there are fewer. Throws RangeError where `position` is no integer of at least 0.
 *
 * ```
 * in   --{ args: [7, 'EUR'] }--|
 * out  --7---------------------|    arg(0)
 * ```
 *
 * ```ts
 * client.topic<[price: number]>('com.shop.price').pipe(arg(0)).subscribe((price) => console.log(price.toFixed(2)));
 * // 42 came => 42.00
 * ```
 */
export function arg<const N extends number>(position: N): <T extends Pick<Payload, 'args'>>(source: Observable<T>) => Observable<Arg<T['args'], N>> {
  if (!(Number.isSafeInteger(position) && position >= 0)) throw new RangeError(`arg: position must be an integer of at least 0, got ${String(position)}`);
  return <T extends Pick<Payload, 'args'>>(source: Observable<T>) => source.pipe(map(({ args }) => args[position] as Arg<T['args'], N>));
}

/** Keyword arguments may have a type of their own, which need be no dictionary. */
type WithKwargs = Pick<Payload<List, object>, 'kwargs'>;

/**
 * Takes one keyword argument out of each event, result, invocation or application error. Emits `undefined` where there is none of that
 * name; what every object inherits is none.
 *
 * ```
 * in   --{ kwargs: { unit: 'EUR' } }--|
 * out  --'EUR'------------------------|    kwarg('unit')
 * ```
 *
 * ```ts
 * client.topic<[], { unit: string }>('com.shop.price').pipe(kwarg('unit')).subscribe((unit) => console.log(unit.toLowerCase()));
 * // EUR came => eur
 * ```
 */
export function kwarg<const N extends string>(name: N): <T extends WithKwargs>(source: Observable<T>) => Observable<Kwarg<T['kwargs'], N>> {
  return <T extends WithKwargs>(source: Observable<T>) => source.pipe(
    map(({ kwargs }) => (Object.hasOwn(kwargs, name) ? (kwargs as Dict)[name] : undefined) as Kwarg<T['kwargs'], N>),
  );
}

/**
 * Takes the arguments, by position and by name, out of each event, result, invocation or application error, and leaves the rest behind:
 * topic, ids and details. What comes out can be published, or be the payload of a call.
 *
 * ```
 * in   --{ topic, publication, args: [7], kwargs: {} }--|
 * out  --{ args: [7], kwargs: {} }----------------------|
 * ```
 *
 * ```ts
 * office.topic('com.office.news').pipe(payload(), concatMap((news) => branch.publish('com.branch.news', news))).subscribe();
 * // => what is news in the office is news in the branch
 * ```
 */
export function payload(): <T extends Payload<List, object>>(source: Observable<T>) => Observable<Payload<T['args'], T['kwargs']>> {
  return (source) => source.pipe(map(({ args, kwargs }) => ({ args, kwargs })));
}
