import { describe, expect, it } from '@jest/globals';
import { ExitCode, exitCodeOf } from '../../lib/cli/exit-code.ts';
import { UsageError } from '../../lib/cli/usage-error.ts';
import { explain, explainAsJson } from '../../lib/cli/view/explain.ts';
import {
  AbortError, ApplicationError, AuthenticationError, ConnectFailedError, GoodbyeError, InvalidUriError, NotJoinedError, PublicationError, TimeoutError, TransportLostError,
} from '../../lib/errors.ts';

const refused = new ApplicationError('wamp.error.not_authorized', { args: ['not you'] });

describe('exitCodeOf', () => {
  it.each([
    [new UsageError('typed wrong'), ExitCode.usage],
    [new InvalidUriError('no URI'), ExitCode.usage],
    [new ApplicationError('com.shop.sold_out'), ExitCode.error],
    [refused, ExitCode.refused],
    [new AuthenticationError('who are you'), ExitCode.refused],
    [new AbortError('wamp.error.authentication_denied'), ExitCode.refused],
    [new AbortError('wamp.error.no_such_realm'), ExitCode.failed],
    [new GoodbyeError('wamp.close.killed'), ExitCode.failed],
    [new TimeoutError('late', { cause: new ApplicationError('wamp.error.timeout') }), ExitCode.timeout],
    [new ConnectFailedError('nobody there'), ExitCode.failed],
    [new NotJoinedError('gone', { cause: new AbortError('wamp.error.not_authorized') }), ExitCode.refused],
    [new PublicationError('value 0', { index: 0, sent: true, cause: refused }), ExitCode.refused],
    [new Error('anything'), ExitCode.failed],
    ['a text', ExitCode.failed],
    [undefined, ExitCode.failed],
  ])('of %p is %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('ends, also where an error is its own cause', () => {
    const error = new Error('round');
    error.cause = error;

    expect(exitCodeOf(error)).toBe(ExitCode.failed);
    expect(explain(error)).toBe('round');
  });
});

describe('explain', () => {
  it.each([
    [new NotJoinedError('gone', { cause: new TransportLostError('connection was lost with code 1006') }), 'connection was lost with code 1006', { error: 'transport-lost', message: 'connection was lost with code 1006' }],
    [new PublicationError('value 0 could not be published', { index: 0, sent: true, cause: refused }), 'value 0 could not be published: wamp.error.not_authorized not you', { error: 'wamp.error.not_authorized', args: ['not you'], kwargs: {} }],
    [new ConnectFailedError('cannot be opened: ECONNREFUSED', { cause: new Error('ECONNREFUSED') }), 'cannot be opened: ECONNREFUSED', { error: 'connect-failed', message: 'cannot be opened: ECONNREFUSED' }],
    [new Error('ENOENT: no such file'), 'ENOENT: no such file', { error: 'failed', message: 'ENOENT: no such file' }],
  ])('says %p in a sentence, and as JSON', (error, sentence, json) => {
    expect(explain(error)).toBe(sentence);
    expect(JSON.parse(explainAsJson(error))).toEqual(json);
  });
});
