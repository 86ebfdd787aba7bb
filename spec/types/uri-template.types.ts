/** What the compiler has to say about URI templates. Nothing of this runs. */
import { parseTemplate, type AnyParams, type HoleOf, type Params } from '../../lib/contract/uri-template.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

holds<Same<HoleOf<'product:int'>, { readonly product: number }>>();
holds<Same<HoleOf<'name'>, { readonly name: string }>>();
holds<Same<HoleOf<'a:float'>, { readonly a: 'unknown type <a:float>, use string, int, bool or none' }>>();

holds<Same<Params<'<a>.<b:int>.<c:bool>.<d:none>'>, { readonly a: string; readonly b: number; readonly c: boolean; readonly d: null }>>();
holds<Same<Params<'com.shop.price'>, { readonly [name: string]: never }>>();
holds<Same<Params<string>, AnyParams>>();

export const product: number | undefined = parseTemplate('com.<product:int>.price').read('com.7.price')?.product;
export const anything: AnyParams | undefined = parseTemplate('com.x' as string).read('com.x');

// @ts-expect-error: the hole has another name
export const price: unknown = parseTemplate('com.<product:int>.price').read('com.7.price')?.price;
// @ts-expect-error: the hole is a number
export const text: string | undefined = parseTemplate('com.<product:int>.price').read('com.7.price')?.product;
