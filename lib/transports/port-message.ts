/**
 * What two ends say to each other over a port, or over the channel between two processes: lists that begin with a mark, so that the program's own
 * messages pass by, and with the number of the connection, so that one port carries several, and one after the other.
 *
 * ```
 * ['rxwamp', 0, 'ready']                  connections are taken from now on: who asked before asks again
 * ['rxwamp', 7, 'open', Opening]          asks for a connection
 * ['rxwamp', 7, 'opened', Opened]         it is open; or ['rxwamp', 7, 'refused', 'why']
 * ['rxwamp', 7, 'frame', frame]           either way
 * ['rxwamp', 7, 'read', 65536]            so many characters or bytes were taken, all in all
 * ['rxwamp', 7, 'close']                  nothing follows; answered by the same
 * ['rxwamp', 7, 'lost']                   dropped, or given up
 * ```
 *
 * Every reader is total: what is none of this is `undefined`.
 */
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import { isCount, isDict, own } from '../protocol/fields.ts';
import type { Frame } from './transport.ts';

const MARK = 'rxwamp';
const KINDS = ['ready', 'open', 'opened', 'refused', 'frame', 'read', 'close', 'lost'] as const;

/** What a message is about. */
export type PortMessageKind = (typeof KINDS)[number];

/** A message as it is posted. */
export type PortList = readonly [mark: string, connection: number, kind: PortMessageKind, value?: unknown];

/** A message that was read; its value is whatever came. */
export interface PortMessage {
  readonly connection: number;
  readonly kind: PortMessageKind;
  readonly value: unknown;
}

/** What each end says of itself. */
export interface PortTerms {
  /** The longest frame that it takes. */
  readonly maxLength: number;
  /** After so many characters or bytes it wants to be told that they were read. */
  readonly every: number;
  /** A Web Lock that it holds as long as it lives. */
  readonly lock?: string | undefined;
}

/** Asks for a connection. */
export interface Opening extends PortTerms {
  /** Serializers, best first. */
  readonly subprotocols: readonly string[];
  /** Whether bytes came as bytes: they do not through JSON. */
  readonly bytes: boolean;
}

/** Tells how the connection is. */
export interface Opened extends PortTerms {
  readonly subprotocol: string;
  /** Whether bytes may be posted as they are; else they are written in Base64. */
  readonly bytes: boolean;
}

const MAX_SUBPROTOCOLS = 64;
const PROBE: Uint8Array = Uint8Array.of(1);

/** The list that is posted. */
export function writeMessage(connection: number, kind: PortMessageKind, value?: unknown): PortList {
  return value === undefined ? [MARK, connection, kind] : [MARK, connection, kind, value];
}

/** Reads what was posted; `undefined` where it is nothing of ours. */
export function readMessage(data: unknown): PortMessage | undefined {
  if (!Array.isArray(data) || data[0] !== MARK) return undefined;
  const [, connection, kind, value] = data as readonly unknown[];
  const known = KINDS.find((one) => one === kind);
  return isCount(connection) && known !== undefined ? { connection, kind: known, value } : undefined;
}

/** The value of `open`: bytes go with it, to see how they arrive. */
export function writeOpening({ subprotocols, ...terms }: Omit<Opening, 'bytes'>): unknown {
  return { subprotocols: [...subprotocols], bytes: PROBE, ...terms };
}

/** Reads the value of `open`. */
export function readOpening(value: unknown): Opening | undefined {
  const subprotocols = own(value, 'subprotocols');
  const terms = readTerms(value);
  if (terms === undefined || !Array.isArray(subprotocols) || subprotocols.length > MAX_SUBPROTOCOLS || !subprotocols.every((name) => typeof name === 'string')) return undefined;
  return { ...terms, subprotocols, bytes: isBytes(own(value, 'bytes')) };
}

/** Reads the value of `opened`. */
export function readOpened(value: unknown): Opened | undefined {
  const [subprotocol, bytes, terms] = [own(value, 'subprotocol'), own(value, 'bytes'), readTerms(value)];
  return terms !== undefined && typeof subprotocol === 'string' && typeof bytes === 'boolean' ? { ...terms, subprotocol, bytes } : undefined;
}

/** A frame as it is posted. */
export function writeFrame(frame: Frame, bytes: boolean): unknown {
  return typeof frame === 'string' || bytes ? frame : { base64: toBase64(frame) };
}

/** Reads a frame that was posted. */
export function readFrame(value: unknown): Frame | undefined {
  if (typeof value === 'string' || isBytes(value)) return value;
  const text = own(value, 'base64');
  return typeof text === 'string' ? fromBase64(text) : undefined;
}

function readTerms(value: unknown): PortTerms | undefined {
  if (!isDict(value)) return undefined;
  const [maxLength, every, lock] = [own(value, 'maxLength'), own(value, 'every'), own(value, 'lock')];
  if (!isCount(maxLength) || !isCount(every) || !(lock === undefined || typeof lock === 'string')) return undefined;
  return { maxLength, every, lock };
}

// Those of another frame or realm are not instances of ours.
function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}
