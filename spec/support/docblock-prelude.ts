/** What the examples of docblocks take for granted, for the compiler: `docblock-stage.ts` has the values. Nothing of this runs. */
import type { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Express } from 'express';
import type { Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import * as z from 'zod';
import { ApplicationError, defineApi, type Api, type Client, type NoApi, type Payload } from 'rxwamp';
import type { KeyPairing } from 'rxwamp/encryption';
import type { TypedData } from 'rxwamp/keys/eip712';
import type { Registry } from 'rxwamp/registry';
import type { ListeningRouter, RealmOptions } from 'rxwamp/router';
import type { Link } from 'rxwamp/testing';

export { parentPort } from 'node:worker_threads';
export { default as express } from 'express';
export { z };
export type { Invocation, Payload } from 'rxwamp';
export type { EncodedPayload } from 'rxwamp/encryption';
export type { TypedDataSigner } from 'rxwamp/keys/eip712';
export type { RealmStats } from 'rxwamp/router';
export { parseTemplate } from '../../lib/contract/uri-template.ts';
export { alike } from '../../lib/testing/alike.ts';
export { complete } from '../../lib/testing/builders.ts';
export { Expectations } from '../../lib/testing/expectations.ts';
export { showValue } from '../../lib/testing/show-value.ts';
export { memoryLink } from '../../lib/transports/memory.ts';

export declare const url: string;
export declare const realm: string;
export declare const client: Client<NoApi>;
export declare const router: ListeningRouter;
export declare const realms: { readonly [name: string]: RealmOptions };
export declare const link: Link;
export declare const scheduler: TestScheduler;

/** A row of somebody's table. */
export interface Row { readonly id: number }
export declare const order: () => string;
export declare const save: (row: unknown) => Observable<void>;
export declare const write: (name: unknown, bytes: unknown) => number;
export declare const zip: (payload: Payload) => Uint8Array;
export declare const unzip: (bytes: Uint8Array) => Payload;
export declare const askForIt: () => string;
export declare const token: () => string;
export declare const tokens: { readonly current: string };
export declare const tills: Registry;
export declare const statistics: Registry;
export declare const customer: string;
export declare const button: EventEmitter;
export declare const server: Server;
export declare const app: Express;

export const Order: z.ZodObject<{ item: z.ZodString }> = z.object({ item: z.string() });
export const Receipt: z.ZodObject<{ number: z.ZodNumber }> = z.object({ number: z.number() });
export const shopApi: Api<{ topics: { 'com.shop.price': { args: z.ZodTuple<[z.ZodNumber]> } } }> = defineApi({ topics: { 'com.shop.price': { args: z.tuple([z.number()]) } } });
export declare class Calculator { add(a: number, b: number): number }
export declare class SoldOut extends Error { constructor(item: string); readonly item: string }
export declare class OverflowError extends ApplicationError { constructor(payload: Payload) }

export declare const passphrase: string;
export declare const secret: string;
export declare const ca: string;
export declare const message: Uint8Array;
export declare const bytes: Uint8Array;
export declare const ours: Uint8Array;
export declare const theirs: Uint8Array;
export declare const next: KeyPairing;
export declare const current: KeyPairing;
/** A wallet as ethers has it. */
export declare const wallet: { readonly address: string; signTypedData(domain: TypedData['domain'], types: object, message: object): Promise<string> };
