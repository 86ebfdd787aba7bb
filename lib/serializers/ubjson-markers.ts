/**
 * The bytes that begin a value in UBJSON (draft 12), and those that BJData has besides. Both have the same letters for numbers of several
 * bytes, which UBJSON writes big-endian and BJData little-endian.
 */

/** Which of the two encodings a frame is in. */
export type UbjsonDialect = 'draft-12' | 'bjdata';

export const NULL = 0x5a; // Z
export const NO_OP = 0x4e; // N
export const TRUE = 0x54; // T
export const FALSE = 0x46; // F
export const INT8 = 0x69; // i
export const UINT8 = 0x55; // U
export const INT16 = 0x49; // I
export const INT32 = 0x6c; // l
export const INT64 = 0x4c; // L
export const FLOAT32 = 0x64; // d
export const FLOAT64 = 0x44; // D
export const HIGH_PRECISION = 0x48; // H
export const CHAR = 0x43; // C
export const STRING = 0x53; // S
export const OPEN_LIST = 0x5b; // [
export const CLOSE_LIST = 0x5d; // ]
export const OPEN_DICT = 0x7b; // {
export const CLOSE_DICT = 0x7d; // }
export const TYPE = 0x24; // $
export const COUNT = 0x23; // #

/** Only in BJData. */
export const UINT16 = 0x75; // u
/** Only in BJData. */
export const UINT32 = 0x6d; // m
/** Only in BJData. */
export const UINT64 = 0x4d; // M
/** Only in BJData. */
export const FLOAT16 = 0x68; // h
/** Only in BJData. */
export const BYTE = 0x42; // B
