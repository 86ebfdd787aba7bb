import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { Authenticator, Verifier } from '../../lib/auth/authenticator.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { Dict } from '../../lib/types.ts';
import { EMBEDDED, embedded } from '../support/worlds.ts';

const secret = (what: string): Dict => ({ text: `sesame ${what}`, bytes: new Uint8Array([0x73, 0x65, 0x73, 0x61, 0x6d, 0x65]), nested: { deep: ['sesame'] } });

/** A method that has secrets wherever there may be some. */
const verifier: Verifier = {
  method: 'secretive',
  begin: ({ authextra }) => ({
    is: 'question', extra: secret('in CHALLENGE'),
    check: ({ signature, extra }) => (signature === 'sesame' && extra?.['text'] === 'sesame in AUTHENTICATE' && authextra['text'] === 'sesame in HELLO'
      ? { is: 'accept', authid: 'joe', authrole: 'user', authextra: secret('in WELCOME') }
      : { is: 'deny' }),
  }),
};
const authenticator: Authenticator = {
  method: 'secretive', authid: 'joe', authextra: secret('in HELLO'),
  answer: ({ text }) => ({ signature: text === 'sesame in CHALLENGE' ? 'sesame' : 'wrong', extra: secret('in AUTHENTICATE') }),
};

describe.each(EMBEDDED.filter(({ carries }) => carries('extra')))('secrets over $name', (world) => {
  const stage = embedded(world, { realms: { realm1: { auth: [verifier] } } });

  it('reach who they are for, and are not shown to whoever looks', async () => {
    const client = stage.client({ auth: authenticator, redact: (message) => ('args' in message ? { ...message, args: undefined } : message) });
    const seen: unknown[] = [];
    client.wire$.subscribe((entry) => seen.push(entry));

    const { authextra } = await client.connect();
    await firstValueFrom(client.publish('com.x', ['sesame'], { acknowledge: true }));
    await client.close();

    expect(authextra['text']).toBe('sesame in WELCOME');
    const types = seen.map((entry) => (entry as { readonly message?: { readonly type: number } }).message?.type);
    expect(types).toEqual(expect.arrayContaining([MessageType.HELLO, MessageType.CHALLENGE, MessageType.AUTHENTICATE, MessageType.WELCOME, MessageType.PUBLISH]));
    expect(JSON.stringify(seen)).not.toMatch(/sesame|115,101,115,97|c2VzYW1l/);
    expect(JSON.stringify(seen)).toContain('"extra":{"text":"***","bytes":"***","nested":"***"}');
  });
});
