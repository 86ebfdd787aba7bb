import { expect, it } from '@jest/globals';
import { announced, section, type Joining } from '../support/section.ts';

const FEATURE = { caller: ['caller_identification'], callee: ['caller_identification'] };
const REALM2: Joining = { realm: 'realm2' };

section('Advanced Profile, Caller Identification', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ caller_identification: true });
  });

  // "the corresponding INVOCATION message MUST contain an INVOCATION.Details.caller|integer property set to the Caller's session ID".
  it('names a caller that asks for it', async () => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const registration = await callee.register('com.myapp.echo');

    caller.send([48, 1, { disclose_me: true }, 'com.myapp.echo', ['Hello, world!']]);

    expect(await callee.receive()).toEqual([
      68, 1, registration,
      { caller: caller.session, caller_authid: caller.welcome['authid'], caller_authrole: caller.welcome['authrole'] }, ['Hello, world!'],
    ]);
  });

  it.each([{}, { disclose_me: false }])('names nobody who does not ask: %j', async (options) => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const registration = await callee.register('com.myapp.echo');

    caller.send([48, 1, options, 'com.myapp.echo']);

    expect(await callee.receive()).toEqual([68, 1, registration, {}]);
  });

  // "A Callee MAY request the disclosure of caller identity via REGISTER.Options.disclose_caller".
  it('names every caller to a callee that asks for it', async () => {
    const [callee, caller] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const registration = await callee.register('com.maypp.add2', { disclose_caller: true });

    caller.send([48, 1, {}, 'com.maypp.add2', [1, 2]]);

    expect(await callee.receive()).toEqual([68, 1, registration, expect.objectContaining({ caller: caller.session }), [1, 2]]);
  });

  // "a Dealer MAY disclose the identity of a Caller even without the Caller having explicitly requested to do so".
  it('names a caller where the configuration says so', async () => {
    const [callee, caller] = [await bench.join(FEATURE, REALM2), await bench.join(FEATURE, REALM2)];
    await callee.register('com.open');

    caller.send([48, 1, {}, 'com.open']);

    expect(await callee.receive()).toEqual([68, 1, expect.any(Number), expect.objectContaining({ caller: caller.session })]);
  });

  // "A Dealer MAY deny a Caller's request to disclose its identity", with the URI of "Advanced Profile URIs".
  it('denies where the configuration says so', async () => {
    const [callee, caller] = [await bench.join(FEATURE, REALM2), await bench.join(FEATURE, REALM2)];
    await callee.register('com.closed');

    caller.send([48, 1, { disclose_me: true }, 'com.closed'], [48, 2, {}, 'com.closed']);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.option_disallowed.disclose_me']);
    expect(await callee.receive()).toEqual([68, 1, expect.any(Number), {}]);
  });
}, {
  realms: {
    realm1: {},
    realm2: {
      roles: {
        anonymous: [
          { uri: 'com.open', allow: ['call', 'register'], disclose: { caller: true } },
          { uri: 'com.closed', allow: ['call', 'register'], disclose: { caller: false } },
        ],
      },
    },
  },
});
