import { afterAll, beforeAll } from '@jest/globals';
import type { WampList } from '../../lib/protocol/messages.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { ROUTER_SERIALIZERS } from '../../lib/serializers/all.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { BareSocket } from './bare-socket.ts';
import { Bystanders } from './bystanders.ts';
import { ROLES } from './raw-peer.ts';
import { leavesNothing } from './undisturbed.ts';

export const HELLO: WampList = [1, 'realm1', { roles: ROLES }];
/** So many subscriptions may a session have there. */
export const SUBSCRIPTIONS = 50;
export const MEBIBYTE: number = 2 ** 20;
/** The reason of ABORT for whoever breaks a rule. */
export const VIOLATION = 'wamp.error.protocol_violation';

/** Rounds of the others in which everything of an offender has to be gone. */
const PATIENCE = 200;

/** A router that takes every serializer, over WebSocket and RawSocket, and two who talk to each other there whatever a third one does. */
export interface HostileStage {
  readonly bystanders: Bystanders;
  readonly rawUrl: string;
  /** Lets somebody loose on the router, while the others talk. */
  loose(serializer: Serializer, isToJoin: boolean, act: (bare: BareSocket) => unknown): Promise<BareSocket>;
}

/** Sets the stage for all specs of a file. After each of them nothing of the offender may be left, and the others must have heard everything in order. */
export function hostileStage(): HostileStage {
  let router: ListeningRouter;
  let url: string;
  let rawUrl: string;
  let bystanders: Bystanders;

  beforeAll(async () => {
    const limits = { subscriptions: SUBSCRIPTIONS, sendQueue: { bytes: MEBIBYTE } };
    router = createRouter({ realms: { realm1: {} }, serializers: [...ROUTER_SERIALIZERS, flatbuffers(), batched(flatbuffers())], limits });
    ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
    rawUrl = (await router.listen('rs://127.0.0.1:0')).url;
    bystanders = await Bystanders.join(url);
  });
  leavesNothing(() => ({ router, bystanders }), PATIENCE);
  afterAll(async () => {
    await bystanders.leave();
    await router.close();
    expectNoLeaks({ clients: bystanders.clients, router });
  });

  return {
    get bystanders() { return bystanders; },
    get rawUrl() { return rawUrl; },
    async loose(serializer, isToJoin, act) {
      const bare = await BareSocket.open(url, serializer);
      if (isToJoin) await bare.send(HELLO).next(2);
      await bystanders.talkDuring(Promise.resolve(act(bare)));
      return bare;
    },
  };
}
