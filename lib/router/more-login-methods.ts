import { cookieVerifier } from '../auth/cookie.ts';
import { cryptosignVerifier, type CryptosignUser } from '../auth/cryptosign.ts';
import { mapAnswer } from '../auth/maybe-later.ts';
import { scramVerifier, type ScramOptions, type ScramUser } from '../auth/scram.ts';
import { tlsVerifier, type TlsUser } from '../auth/tls.ts';
import { totpVerifier, type TotpUser } from '../auth/totp.ts';
import { fromBase64 } from '../protocol/base64.ts';
import { IDENTITY, checkIdentity, checkUsers, optionalText, secret, type LoginMethod, type LoginMethods, type OptionsOf } from './login-methods.ts';
import { knownKeys, mustBe, numberFrom, oneOf, wholeNumber } from './validation.ts';

const DIALECTS = ['wamp-scram', 'scram'] as const;

const scram: LoginMethod<OptionsOf<'scram'>> = {
  read: (options, name) => {
    knownKeys(options, name, ['users', 'method']);
    const { users, method = 'wamp-scram' } = options;
    oneOf(DIALECTS, method, `${name}.method`);
    if (typeof users !== 'function') {
      checkUsers<ScramUser>(users, name, ['kdf', 'salt', 'iterations', 'memory', 'storedKey', 'serverKey', 'role', ...IDENTITY], checkScramUser);
    }
    return scramVerifier({ users, method });
  },
  beside: ['method'],
  ask: ({ look, options }) => {
    const method = (options['method'] ?? 'wamp-scram') as NonNullable<ScramOptions['method']>;
    return scramVerifier({ method: oneOf(DIALECTS, method, 'method'), users: (candidate) => mapAnswer(look(candidate), (principal) => {
      if (principal === undefined) return undefined;
      const { role, authid, realm, extra: authextra, scram: record } = principal;
      if (record === undefined) throw new TypeError('answer for the method "scram" must have kdf, salt, iterations, storedKey and serverKey');
      return { ...record, role, authid, realm, authextra };
    }) });
  },
};

const totp: LoginMethod<OptionsOf<'totp'>> = {
  read: (options, name, scheduler) => {
    knownKeys(options, name, ['users', 'skew']);
    const { users, skew = 1 } = options;
    numberFrom(0, wholeNumber(skew, `${name}.skew`), `${name}.skew`);
    if (typeof users !== 'function') checkUsers<TotpUser>(users, name, ['secret', 'role'], (user, place) => secret(user.secret, `${place}.secret`));
    return named(`${name}.users`, () => totpVerifier({ users, skew }, scheduler));
  },
  ask: ({ look, scheduler }) => totpVerifier({ users: (candidate) => mapAnswer(look(candidate), (principal) => {
    if (principal === undefined) return undefined;
    if (principal.secret === undefined) throw new TypeError('answer for the method "totp" must have a secret');
    return { secret: principal.secret, role: principal.role, realm: principal.realm };
  }) }, scheduler),
};

const cryptosign: LoginMethod<OptionsOf<'cryptosign'>> = {
  read: (options, name) => {
    knownKeys(options, name, ['users', 'key', 'channelBindings']);
    const { users, channelBindings = [] } = options;
    if (!Array.isArray(channelBindings)) mustBe(`${name}.channelBindings`, 'a list', channelBindings);
    if (typeof users !== 'function') {
      checkUsers<CryptosignUser>(users, name, ['keys', 'role', 'realm', ...IDENTITY], (user, place) => {
        if (!Array.isArray(user.keys)) mustBe(`${place}.keys`, 'a list of public keys', undefined);
        checkIdentity(user, place);
        optionalText(user.realm, `${place}.realm`);
      });
    }
    return named(name, () => cryptosignVerifier(options));
  },
  ask: ({ look }) => cryptosignVerifier({ users: (candidate) => mapAnswer(look(candidate), (principal) => {
    if (principal === undefined) return undefined;
    const { role, authid, realm, extra: authextra, keys } = principal;
    if (keys === undefined) throw new TypeError('answer for the method "cryptosign" must have a pubkey');
    return { keys, role, authid, realm, authextra };
  }) }),
};

const cookie: LoginMethod<OptionsOf<'cookie'>> = {
  read: (options, name, scheduler) => {
    knownKeys(options, name, ['maxAge', 'store']);
    const { maxAge, store } = options;
    if (maxAge !== undefined) numberFrom(0, maxAge, `${name}.maxAge`);
    const isStore = store === undefined || [store.get, store.set, store.delete].every((method) => typeof method === 'function');
    if (!isStore) mustBe(`${name}.store`, 'a store with get, set and delete', store);
    return cookieVerifier(options, scheduler);
  },
};

const tls: LoginMethod<OptionsOf<'tls'>> = {
  read: (options, name) => {
    if (typeof options !== 'function') {
      knownKeys(options, name, ['users']);
      checkUsers<TlsUser>(options.users, name, ['fingerprints', 'commonName', 'role'], ({ fingerprints = [], commonName }, place) => {
        if (!Array.isArray(fingerprints)) mustBe(`${place}.fingerprints`, 'a list', fingerprints);
        optionalText(commonName, `${place}.commonName`);
      });
    }
    return named(name, () => tlsVerifier(options));
  },
};

/** The methods that need more than every browser has to load, or what only listeners know. */
export const MORE_METHODS: LoginMethods = { scram, totp, cryptosign, cookie, tls };

function checkScramUser(user: ScramUser, name: string): void {
  const { kdf, salt, iterations, memory, storedKey, serverKey } = user;
  oneOf(['argon2id13', 'pbkdf2'], kdf, `${name}.kdf`);
  numberFrom(1, wholeNumber(iterations, `${name}.iterations`), `${name}.iterations`);
  if (memory !== undefined || kdf === 'argon2id13') numberFrom(8, wholeNumber(memory as number, `${name}.memory`), `${name}.memory`);
  for (const [key, value] of Object.entries({ salt, storedKey, serverKey })) {
    const length = typeof value === 'string' ? fromBase64(value)?.length ?? 0 : 0;
    if (key === 'salt' ? length < 8 : length !== 32) throw new TypeError(`${name}.${key} must be ${key === 'salt' ? 'at least 8' : '32'} bytes in base64`);
  }
  checkIdentity(user, name);
}

/** Says of which option it is what the verifier says of its own. */
function named<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
