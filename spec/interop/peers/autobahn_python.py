"""Autobahn|Python as a client of the router: python autobahn_python.py json|msgpack|cbor|ubjson|flatbuffers, each with .batched behind it or without

It is told what to do by one JSON object a line on stdin, and answers with one for each of them on stdout.
"""
import asyncio
import json
import logging
import sys
from urllib.parse import urlparse

from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.rawsocket import WampRawSocketClientFactory
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.auth import create_authenticator
from autobahn.wamp.cryptobox import Key, KeyRing
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import create_transport_serializer
from autobahn.wamp.types import CallOptions, CallResult, ComponentConfig, PublishOptions, RegisterOptions, SubscribeOptions

def serializer():
    return create_transport_serializer(sys.argv[1])


class Cannot(Exception):
    """What the library has no way to do: the scenario is not played with it."""


class Session(ApplicationSession):
    def __init__(self, realm, login):
        super().__init__(ComponentConfig(realm))
        self.login = login
        self.authenticator = None
        self.joined = asyncio.get_running_loop().create_future()
        self.left = asyncio.get_running_loop().create_future()
        self.calls = {}
        self.registrations = {}
        self.subscriptions = {}
        self.received = {}
        self.changed = asyncio.Condition()
        self.interrupted = 0

    def onConnect(self):
        if self.login is None:
            return self.join(self.config.realm)
        method, authid, secret = self.login["method"], self.login["authid"], self.login["secret"]
        name = {"ticket": "ticket", "wampcra": "secret", "scram": "password", "cryptosign": "privkey"}[method]
        self.authenticator = create_authenticator(method, authid=authid, **{name: secret})
        self.join(self.config.realm, authmethods=[method], authid=authid, authextra=self.authenticator.authextra)

    def onChallenge(self, challenge):
        return self.authenticator.on_challenge(self, challenge)

    def onWelcome(self, welcome):
        return self.authenticator and self.authenticator.on_welcome(self, welcome.authextra)

    def onJoin(self, details):
        self.joined.set_result({"id": details.session, "authid": details.authid, "authrole": details.authrole, "authmethod": details.authmethod})

    def onLeave(self, details):
        if not self.joined.done():
            self.joined.set_exception(ApplicationError(details.reason))
        if not self.left.done():
            self.left.set_result(details.reason)
        self.disconnect()

    async def do_encrypt(self, uri, keys):
        keyring = KeyRing()
        keyring.set_key(uri, Key(**keys))
        self.set_payload_codec(keyring)

    async def do_register(self, procedure, does, options, name=None):
        def echo(*args, details=None, **kwargs):
            return CallResult(*args, **kwargs)

        def count(to, details=None):
            if details.progress:
                for n in range(1, to + 1):
                    details.progress(n)
            return "done"

        def fail(*args, details=None, **kwargs):
            raise ApplicationError("interop.failed", *args, **kwargs)

        async def hang(details=None):
            try:
                await asyncio.sleep(3600)
            finally:
                async with self.changed:
                    self.interrupted += 1
                    self.changed.notify_all()

        def told(details=None):
            return {"procedure": details.procedure, "caller": details.caller, "authid": details.caller_authid, "authrole": details.caller_authrole}

        procedures = {"echo": echo, "count": count, "fail": fail, "hang": hang, "name": lambda details=None: name, "details": told}
        self.registrations[procedure] = await self.register(procedures[does], procedure, RegisterOptions(details=True, **options))

    async def do_unregister(self, procedure):
        await self.registrations[procedure].unregister()

    async def do_call(self, id, procedure, args, kwargs, options, mode=None):
        if "disclose_me" in options:
            raise Cannot("it cannot ask to be disclosed")
        if "ppt_scheme" in options:
            raise Cannot("it has no payload passthru mode")
        progressed = []
        given = {"timeout": options["timeout"]} if "timeout" in options else {}
        if options.get("progress"):
            given["on_progress"] = lambda *args, **kwargs: progressed.append(list(args))
        # With details it fails at a progressive result that has no keyword arguments.
        self.calls[id] = self.call(procedure, *args, **kwargs, options=CallOptions(**given))
        try:
            result = await self.calls[id]
        except asyncio.CancelledError:
            # It tells its caller at once, whatever the router answers.
            raise ApplicationError("wamp.error.canceled")
        if not isinstance(result, CallResult):
            return {"args": [] if result is None else [result], "kwargs": {}, "progress": progressed}
        return {"args": list(result.results), "kwargs": result.kwresults or {}, "progress": progressed}

    async def do_cancel(self, call, mode=None):
        if mode is not None:
            raise Cannot("it cancels without a mode")
        self.calls[call].cancel()

    async def do_interruptions(self, count=0):
        async with self.changed:
            await self.changed.wait_for(lambda: self.interrupted >= count)
        return self.interrupted

    async def do_subscribe(self, topic, options):
        async def hear(*args, details=None, **kwargs):
            event = {
                "args": list(args), "kwargs": kwargs, "topic": details.topic or topic,
                "publisher": details.publisher, "authid": details.publisher_authid, "retained": details.retained,
            }
            async with self.changed:
                self.received.setdefault(topic, []).append(event)
                self.changed.notify_all()

        self.subscriptions[topic] = await self.subscribe(hear, topic, SubscribeOptions(details=True, **options))

    async def do_unsubscribe(self, topic):
        await self.subscriptions[topic].unsubscribe()

    async def do_events(self, topic, count):
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.received.get(topic, [])) >= count)
        return self.received.get(topic, [])

    async def do_publish(self, topic, args, kwargs, options):
        if "disclose_me" in options:
            raise Cannot("it cannot ask to be disclosed")
        if "ppt_scheme" in options:
            raise Cannot("it has no payload passthru mode")
        published = self.publish(topic, *args, **kwargs, options=PublishOptions(**options))
        if options.get("acknowledge"):
            return (await published).id > 0

    async def do_leave(self):
        self.leave()
        return await self.left


async def join(url, realm, login=None):
    session = Session(realm, login)
    address = urlparse(url)
    if address.scheme.startswith("rs"):
        factory = WampRawSocketClientFactory(lambda: session, serializer=serializer())
    else:
        factory = WampWebSocketClientFactory(lambda: session, url=url, serializers=[serializer()])
    loop = asyncio.get_running_loop()
    await (loop.create_unix_connection(factory, address.path) if address.hostname is None else loop.create_connection(factory, address.hostname, address.port))
    return session, await session.joined


async def obey(sessions, id, session, what, **command):
    try:
        if what == "join":
            sessions[session], value = await join(**command)
        else:
            if what == "call":
                command["id"] = id
            value = await getattr(sessions[session], "do_" + what)(**command)
        answer = {"value": value}
    except Cannot as error:
        answer = {"cannot": str(error)}
    except ApplicationError as error:
        answer = {"refusal": {"uri": error.error, "args": list(error.args), "kwargs": error.kwargs or {}}}
    except Exception as error:
        answer = {"failure": repr(error)}
    # Bytes stand as {"$bytes": hex} in the lines.
    print(json.dumps({"id": id, **answer}, default=lambda value: {"$bytes": bytes(value).hex()}), flush=True)


def read(value):
    return bytes.fromhex(value["$bytes"]) if "$bytes" in value else value


async def main():
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    sessions = {}
    running = set()
    while line := await commands.readline():
        task = asyncio.create_task(obey(sessions, **json.loads(line, object_hook=read)))
        running.add(task)
        task.add_done_callback(running.discard)


logging.disable()
asyncio.run(main())
