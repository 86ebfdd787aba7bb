/**
 * Spans for calls at both ends, as OpenTelemetry has them: trace context travels with each call, in attributes of its own.
 *
 *     npm run sample observability/tracing
 *
 * Prints:
 *
 *     span 2 of 1: server com.shop.price, ok
 *     span 1: client com.shop.price, ok
 *     span 6 of 5: server com.stock.take, error: com.stock.empty
 *     span 5 of 4: client com.stock.take, error: com.stock.empty
 *     span 4 of 3: server com.shop.order, error: com.stock.empty
 *     span 3: client com.shop.order, error: com.stock.empty
 */
import { defer, finalize, lastValueFrom, of, onErrorResumeNext, tap, throwError, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { ApplicationError, createClient, type Client, type Invocation, type Peer } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

/** What is used of @opentelemetry/api, where `{ tracer: trace.getTracer('shop'), trace, propagation, root: ROOT_CONTEXT }` is one. */
interface Telemetry<C> {
  readonly tracer: { startSpan(name: string, options: { readonly kind: number }, parent: C): Span };
  readonly trace: { setSpan(context: C, span: Span): C };
  readonly propagation: { inject(context: C, carrier: object): void; extract(context: C, carrier: object): C };
  readonly root: C;
}
interface Span {
  spanContext(): { readonly spanId: string };
  setStatus(status: { readonly code: number; readonly message: string }): unknown;
  end(): void;
}
const [SERVER, CLIENT, ERROR] = [1, 2, 2];

/** A call within a span of its own, which ends with it. */
function tracedCall<C>({ tracer, trace, propagation }: Telemetry<C>, peer: Pick<Peer, 'call'>, uri: string, context: C): Observable<unknown> {
  return defer(() => {
    const span = tracer.startSpan(uri, { kind: CLIENT }, context);
    const carrier: { readonly traceparent?: string; readonly tracestate?: string } = {};
    propagation.inject(trace.setSpan(context, span), carrier);
    return peer.call(uri, [], { attributes: { _traceparent: carrier.traceparent, _tracestate: carrier.tracestate } }).pipe(endsWith(span));
  });
}

/** A procedure within a span, which is a child of the caller's. A router that drops attributes makes it the first of its trace. */
function traced<C>({ tracer, trace, propagation, root }: Telemetry<C>, procedure: (invocation: Invocation, context: C) => Observable<unknown>) {
  return (invocation: Invocation): Observable<unknown> => defer(() => {
    const { _traceparent: traceparent, _tracestate: tracestate } = invocation.details;
    const context = propagation.extract(root, { traceparent, tracestate });
    const span = tracer.startSpan(invocation.procedure, { kind: SERVER }, context);
    return procedure(invocation, trace.setSpan(context, span)).pipe(endsWith(span));
  });
}

function endsWith<T>(span: Span): MonoTypeOperatorFunction<T> {
  const fail = (error: unknown): unknown => span.setStatus({ code: ERROR, message: error instanceof ApplicationError ? error.uri : String(error) });
  return (source) => source.pipe(tap({ error: fail }), finalize(() => span.end()));
}

// In the place of an SDK: a context is a traceparent, and a span is printed when it ends.
let last = 0;
const startSpan = (name: string, { kind }: { readonly kind: number }, parent: string): Span => {
  const place = `span ${++last}${parent && ` of ${Number(parent.slice(36, 52))}`}: ${kind === SERVER ? 'server' : 'client'} ${name}`;
  const spanId = String(last).padStart(16, '0');
  let outcome = 'ok';
  const end = (): void => console.log(`${place}, ${outcome}`);
  return { spanContext: () => ({ spanId }), setStatus: ({ message }) => { outcome = `error: ${message}`; }, end };
};
const extract = (_: string, carrier: { readonly traceparent?: string }): string => carrier.traceparent ?? '';
const inject = (traceparent: string, carrier: object): unknown => Object.assign(carrier, { traceparent });
const setSpan = (_: string, span: Span): string => `00-${'1'.padStart(32, '0')}-${span.spanContext().spanId}-01`;
const printed: Telemetry<string> = { tracer: { startSpan }, trace: { setSpan }, propagation: { inject, extract }, root: '' };

const router = createRouter({ realms: { realm1: {} } });
const [shop, stock, buyer] = [1, 2, 3].map(() => createClient({ transport: router.link(), realm: 'realm1' })) as [Client, Client, Client];
shop.register('com.shop.price', traced(printed, () => of(42))).subscribe();
shop.register('com.shop.order', traced(printed, (invocation, context) => tracedCall(printed, invocation, 'com.stock.take', context))).subscribe();
stock.register('com.stock.take', traced(printed, () => throwError(() => new ApplicationError('com.stock.empty')))).subscribe();
await Promise.all([shop.connect(), stock.connect()]);
await lastValueFrom(onErrorResumeNext(['com.shop.price', 'com.shop.order'].map((uri) => tracedCall(printed, buyer, uri, printed.root))));
await Promise.all([shop.close(), stock.close()]);
