/**
 * What is wrong with a key, for programs that can do something about it: ask for a passphrase (`encrypted`, `wrong-passphrase`, `locked`), or name another
 * file (`unreadable`, `unsupported`). `unavailable` is who keeps the key, and `missing` the key itself.
 */
export type KeyErrorCode = 'encrypted' | 'locked' | 'missing' | 'unavailable' | 'unreadable' | 'unsupported' | 'wrong-passphrase';

/** A key cannot be read, found, or used. Neither message nor cause shows anything of a private key or a passphrase. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
