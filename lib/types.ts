/** A WAMP id: an integer from 1 to 2^53 (2.1.2). */
export type Id = number;

/** A WAMP URI such as `com.shop.price` (2.1.1). */
export type Uri = string;

/**
 * What a TLS connection can be told from others by: `tls-exporter` under TLS 1.3 (RFC 9266), `tls-unique` under TLS 1.2 (RFC 5929), hashed by SHA-256 as
 * others do.
 */
export type ChannelBinding = 'tls-exporter' | 'tls-unique';

/** A dictionary as it travels: options, details, keyword arguments. */
export type Dict = { readonly [key: string]: unknown };

/** A list as it travels: positional arguments. */
export type List = readonly unknown[];

/** What an event, a result, an invocation and an application error have in common, so that one can be handed on as the other. */
export interface Payload<A extends List = List, K = Dict> {
  /** The positional arguments; empty where none were sent. */
  readonly args: A;
  /** The keyword arguments; empty where none were sent. */
  readonly kwargs: K;
}

/**
 * What is passed as a payload: the positional arguments as a list, or both parts by name.
 * A part that has no required member may be left out, and the list form is there only where no keyword argument is required.
 */
export type PayloadInput<A extends List = List, K = Dict> =
  | ({} extends K ? A : never)
  | (([] extends A ? { readonly args?: A | undefined } : { readonly args: A }) &
      ({} extends K ? { readonly kwargs?: K | undefined } : { readonly kwargs: K }));
