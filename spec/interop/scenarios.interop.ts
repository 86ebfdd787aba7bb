/** The scenarios that ask nothing of the router but WAMP, in front of the one that WAMP_INTEROP names. */
import '../scenarios/joining.spec.ts';
import '../scenarios/publish-subscribe.spec.ts';
import '../scenarios/acknowledged-publish.spec.ts';
import '../scenarios/pattern-subscriptions.spec.ts';
import '../scenarios/publisher-exclusion.spec.ts';
import '../scenarios/retained-events.spec.ts';
import '../scenarios/black-and-white-lists.spec.ts';
import '../scenarios/registering-and-calling.spec.ts';
import '../scenarios/pattern-registrations.spec.ts';
import '../scenarios/shared-registrations.spec.ts';
import '../scenarios/progressive-results.spec.ts';
import '../scenarios/call-cancelling.spec.ts';
import '../scenarios/application-errors.spec.ts';
import '../scenarios/ticket-authentication.spec.ts';
import '../scenarios/reconnecting.spec.ts';
import '../scenarios/resumption-offered.spec.ts';
