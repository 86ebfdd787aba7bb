"""Autobahn|Python as a client of the router: python autobahn_python.py URL json|msgpack|cbor"""
import asyncio
import sys

from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import CallOptions, CallResult, PublishOptions, RegisterOptions, SubscribeOptions

URL, SERIALIZER = sys.argv[1:3]
SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}


class Peer(ApplicationSession):
    async def onJoin(self, details):
        events = []
        interrupted = []

        def echo(*args, **kwargs):
            return CallResult(*args, **kwargs)

        def count(to, details=None):
            for n in range(1, to + 1):
                if details.progress:
                    details.progress(n)
            return "done"

        def fail(*args, **kwargs):
            raise ApplicationError("theirs.failed", *args, **kwargs)

        async def never():
            try:
                await asyncio.sleep(3600)
            finally:
                interrupted.append(True)

        async def run():
            progress = []
            echoed = await self.call("ours.echo", 1, b"\x00\xff", text="ä")
            done = await self.call("ours.count", 3, options=CallOptions(on_progress=progress.append))
            try:
                await self.call("ours.fail", "why", code=7)
                failure = None
            except ApplicationError as error:
                failure = [error.error, list(error.args), error.kwargs]
            acknowledged = await self.publish("theirs.topic", 1, b"\x00\xff", text="ä", options=PublishOptions(acknowledge=True))
            return {
                "echo": [list(echoed.results), echoed.kwresults],
                "progress": [*progress, done],
                "failure": failure,
                "acknowledged": acknowledged.id > 0,
                "events": events,
                "interrupted": len(interrupted),
            }

        await self.register(echo, "theirs.echo")
        await self.register(count, "theirs.count", options=RegisterOptions(details_arg="details"))
        await self.register(fail, "theirs.fail")
        await self.register(never, "theirs.never")
        await self.register(run, "theirs.run")
        await self.subscribe(lambda *args, **kwargs: events.append([list(args), kwargs]), "ours.topic")
        await self.subscribe(lambda *args, **kwargs: events.append([list(args), kwargs]), "ours.other.", options=SubscribeOptions(match="prefix"))
        print("ready", flush=True)


ApplicationRunner(URL, "realm1", serializers=[SERIALIZERS[SERIALIZER]()]).run(Peer)
