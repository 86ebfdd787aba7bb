/**
 * The topics and procedures of the meta API, by the last two parts of their name.
 *
 * One export for each, so that a bundle keeps the ones it uses; `WampMetaUri` is the namespace of them all.
 */

// sessions
export const sessionOnJoin = 'wamp.session.on_join';
export const sessionOnLeave = 'wamp.session.on_leave';
export const sessionCount = 'wamp.session.count';
export const sessionList = 'wamp.session.list';
export const sessionGet = 'wamp.session.get';
export const sessionKill = 'wamp.session.kill';
export const sessionKillByAuthid = 'wamp.session.kill_by_authid';
export const sessionKillByAuthrole = 'wamp.session.kill_by_authrole';
export const sessionKillAll = 'wamp.session.kill_all';
export const sessionAddTestament = 'wamp.session.add_testament';
export const sessionFlushTestaments = 'wamp.session.flush_testaments';

// registrations
export const registrationOnCreate = 'wamp.registration.on_create';
export const registrationOnRegister = 'wamp.registration.on_register';
export const registrationOnUnregister = 'wamp.registration.on_unregister';
export const registrationOnDelete = 'wamp.registration.on_delete';
export const registrationList = 'wamp.registration.list';
export const registrationLookup = 'wamp.registration.lookup';
export const registrationMatch = 'wamp.registration.match';
export const registrationGet = 'wamp.registration.get';
export const registrationListCallees = 'wamp.registration.list_callees';
export const registrationCountCallees = 'wamp.registration.count_callees';
/** Not in the specification, but what Crossbar.io calls it. */
export const registrationRemoveCallee = 'wamp.registration.remove_callee';

// subscriptions
export const subscriptionOnCreate = 'wamp.subscription.on_create';
export const subscriptionOnSubscribe = 'wamp.subscription.on_subscribe';
export const subscriptionOnUnsubscribe = 'wamp.subscription.on_unsubscribe';
export const subscriptionOnDelete = 'wamp.subscription.on_delete';
export const subscriptionList = 'wamp.subscription.list';
export const subscriptionLookup = 'wamp.subscription.lookup';
export const subscriptionMatch = 'wamp.subscription.match';
export const subscriptionGet = 'wamp.subscription.get';
export const subscriptionListSubscribers = 'wamp.subscription.list_subscribers';
export const subscriptionCountSubscribers = 'wamp.subscription.count_subscribers';
export const subscriptionGetEvents = 'wamp.subscription.get_events';
/** Not in the specification, but what Crossbar.io calls it. */
export const subscriptionRemoveSubscriber = 'wamp.subscription.remove_subscriber';
