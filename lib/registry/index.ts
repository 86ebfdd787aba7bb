/** The entry `rxwamp/registry`: what an application offers, as one thing that a client serves. */
export { RegistryError } from '../errors.ts';
export { procedure, subscriber, wampError } from './decorators.ts';
export type { ErrorMark, MethodMark } from './decorators.ts';
export type { EventHandler, ProcedureMethodOptions, SubscriberMethodOptions, SubscriberOptions } from './methods.ts';
export { Registry } from './registry.ts';
export type { RegistryOptions } from './registry.ts';
