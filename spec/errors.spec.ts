import { describe, expect, it } from '@jest/globals';
import {
  AbortError, ApplicationError, AuthenticationError, ConnectFailedError, DrainingError, FeatureNotSupportedError, GoodbyeError, HeartbeatLostError,
  InvalidUriError, NotJoinedError, OverflowError, ProtocolError, QueueFullError, SerializationError, TimeoutError, TransportLostError,
} from '../lib/errors.ts';

describe('WampError', () => {
  it.each([
    SerializationError, InvalidUriError, FeatureNotSupportedError, ConnectFailedError, NotJoinedError, AuthenticationError, QueueFullError, DrainingError,
  ])('of the class %p says that there was no effect, since nothing was sent', (ErrorClass) => {
    expect([new ErrorClass('why').effect, new ErrorClass('why', { effect: 'unknown' }).effect]).toEqual(['none', 'none']);
  });

  it.each([
    new ApplicationError('com.sold_out'), new TimeoutError('why'), new ProtocolError('why'), new AbortError('com.why'), new GoodbyeError('com.why'), new OverflowError('why'),
  ])('of any other class does not know of the effect: %p', (error) => {
    expect(error.effect).toBe('unknown');
  });

  it.each([TransportLostError, HeartbeatLostError])('of the class %p had no effect where nothing was sent', (ErrorClass) => {
    expect(new ErrorClass('why')).toMatchObject({ sent: false, effect: 'none' });
    expect(new ErrorClass('why', { sent: true })).toMatchObject({ sent: true, effect: 'unknown' });
    expect(new ErrorClass('why', { sent: true, effect: 'none' })).toMatchObject({ sent: true, effect: 'none' });
  });
});
