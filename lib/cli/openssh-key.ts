import sshpk from 'sshpk';
import { joinBytes, randomBytes } from '../crypto/bytes.ts';
import { SSH_ED25519, sshPublicKey, sshString, sshUint32 } from '../crypto/ssh-wire.ts';
import { toBase64 } from '../protocol/base64.ts';

const MAGIC = new TextEncoder().encode('openssh-key-v1\0');
const BLOCK = 8;
const LINE = 70;

/** What ssh-keygen(1) encrypts with, and what we read. */
const CIPHER = 'aes256-ctr';

/** An Ed25519 key as ssh-keygen(1) writes it (PROTOCOL.key of OpenSSH), encrypted where there is a passphrase that is not empty: it blocks for some 0.3 s then. */
export function openSshPrivateKey(seed: Uint8Array, publicKey: Uint8Array, comment: string, passphrase = ''): string {
  const plain = plainPrivateKey(seed, publicKey, comment);
  return passphrase === '' ? plain : sshpk.parsePrivateKey(plain, 'ssh-private').toString('ssh-private', { passphrase, cipher: CIPHER });
}

function plainPrivateKey(seed: Uint8Array, publicKey: Uint8Array, comment: string): string {
  const check = randomBytes(4);
  const key = joinBytes(check, check, sshString(SSH_ED25519), sshString(publicKey), sshString(joinBytes(seed, publicKey)), sshString(comment));
  const padding = Uint8Array.from({ length: (BLOCK - (key.length % BLOCK)) % BLOCK }, (_, at) => at + 1);
  const file = joinBytes(
    MAGIC, sshString('none'), sshString('none'), sshString(''), sshUint32(1), sshString(sshPublicKey(publicKey)), sshString(joinBytes(key, padding)),
  );
  const lines = toBase64(file).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

/** The line of a `.pub` file, and of `authorized_keys`. */
export function openSshPublicKey(publicKey: Uint8Array, comment: string): string {
  return `${SSH_ED25519} ${toBase64(sshPublicKey(publicKey))} ${comment}\n`;
}
