"""Drives a local service with `ably` for Python (3.1), in both formats.

    pip install ably==3.1.4
    npx ably-edge --port 8080
    python tests/interop/python/check.py http://localhost:8080

This client refuses keys without TLS over REST, so REST uses tokens; its realtime client knows a port only as part of the
endpoint.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
import uuid

import httpx
from ably import AblyException, AblyRealtime, AblyRest
from ably.types.annotation import Annotation
from ably.types.channeloptions import ChannelOptions
from ably.types.message import Message

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"
HOST, PORT = URL.removeprefix("http://").split(":")
SETUP = {
    "keys": [{}],
    "namespaces": [
        {"id": "persisted", "persisted": True},
        {"id": "pushenabled", "pushEnabled": True},
        {"id": "mutable", "mutableMessages": True},
    ],
    "channels": [
        {
            "name": "persisted:fixtures",
            "presence": [{"clientId": f"client{i}", "data": str(i)} for i in range(6)],
        }
    ],
}


class Sandbox:
    """An app of its own, and clients of one format."""

    def __init__(self, binary):
        self.app = httpx.post(f"{URL}/apps", json=SETUP).json()
        self.key = self.app["keys"][0]["keyStr"]
        self.binary = binary

    def token(self, **request):
        name, secret = self.key.split(":")
        answer = httpx.post(
            f"{URL}/keys/{name}/requestToken", json={"keyName": name, **request}, auth=(name, secret)
        )
        return answer.json()["token"]

    def jwt(self, secret="", **claims):
        """Signs a JWT with HS256, as a server does."""
        name, own = self.key.split(":")
        now = int(time.time())
        parts = ({"alg": "HS256", "typ": "JWT", "kid": name}, {"iat": now, "exp": now + 60, **claims})
        text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        mac = hmac.new((secret or own).encode(), text.encode(), hashlib.sha256)
        return f"{text}.{base64url(mac.digest())}"

    def post(self, path, body):
        answer = httpx.post(f"{URL}{path}", json=body, auth=tuple(self.key.split(":")))
        answer.raise_for_status()

    def rest(self, token=None):
        options = {"endpoint": HOST, "port": int(PORT), "tls": False}
        return AblyRest(token=token or self.token(), use_binary_protocol=self.binary, **options)

    def realtime(self, **options):
        credentials = {} if "auth_callback" in options or "token" in options else {"key": self.key}
        where = {"endpoint": f"{HOST}:{PORT}", "tls": False}
        return AblyRealtime(use_binary_protocol=self.binary, **where, **credentials | options)


def base64url(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


async def refusal(awaitable):
    try:
        await awaitable
    except AblyException as error:
        return error.code, error.status_code
    raise AssertionError("It was not refused")


async def state(client, name):
    if client.connection.state.value == name:
        return client.connection.error_reason
    return (await asyncio.wait_for(client.connection.once_async(name), 10)).reason


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It did not happen")


async def history(sandbox):
    async with sandbox.rest() as rest:
        channel = rest.channels.get("persisted:c")
        payloads = ["text", {"a": [1]}, [1, 2], bytearray(b"\x00\xff")]
        for payload in payloads:
            await channel.publish("n", payload)
        page = await channel.history(direction="forwards")
        assert [message.data for message in page.items] == payloads
        page = await channel.history(limit=3)
        assert page.has_next()
        page = await page.next()
        assert [message.data for message in page.items] == ["text"] and page.is_last()
        assert await page.next() is None
        for name in ("before", "between", "after"):
            if name == "between":
                start = await rest.time()
            if name == "after":
                end = await rest.time()
            for _ in range(20):
                await channel.publish(name, "x")
        page = await channel.history(start=start, end=end)
        assert [message.name for message in page.items] == ["between"] * 20


async def requests(sandbox):
    async with sandbox.rest() as rest:
        body = {"name": "n", "data": "x"}
        page = await rest.request("POST", "/channels/c/messages", version="3", body=body)
        assert page.status_code == 201 and page.items[0]["channel"] == "c"
        assert "messageId" in page.items[0]
        page = await rest.request("GET", "/nowhere", version="3")
        assert (page.status_code, int(page.error_code)) == (404, 40400) and page.error_message
        status = await rest.channels.get("never").status()
        assert status.status.is_active is True
        page = await rest.channels.get("persisted:fixtures").presence.get(limit=2)
        names = [member.client_id for member in page.items]
        while page.has_next():
            page = await page.next()
            names += [member.client_id for member in page.items]
        assert names == [f"client{i}" for i in range(6)]


async def authentication(sandbox):
    app_id = sandbox.app["appId"]
    for key in ("invalid.key:x", f"{app_id}.wrong-key:x", sandbox.key + "wrong"):
        client = sandbox.realtime(key=key)
        reason = await state(client, "failed")
        assert (reason.code, reason.status_code) == (40101, 401)
        await client.close()
    async with sandbox.rest("unknown.token") as rest:
        code, status = await refusal(rest.channels.get("c").history())
        assert status == 401 and not 40140 <= code < 40150
    async with sandbox.rest(sandbox.token(clientId="jim")) as rest:
        refused = rest.channels.get("c").publish(Message(name="n", client_id="joe"))
        assert await refusal(refused) == (40012, 400)
    client = sandbox.realtime(token=sandbox.token())
    await state(client, "connected")
    assert client.auth.client_id is None
    await client.close()

    async def short_lived(_):
        return sandbox.token(ttl=1500)

    client = sandbox.realtime(auth_callback=short_lived)
    await state(client, "connected")
    assert (await state(client, "disconnected")).code == 40142
    await state(client, "connected")
    await client.auth.authorize()
    await client.close()


async def realtime(sandbox):
    client = sandbox.realtime(client_id="jim")
    await state(client, "connected")
    assert await client.connection.ping() > 0
    channel = client.channels.get("c")
    received = []
    await channel.subscribe(lambda message: received.append(message))
    for i in range(20):
        await channel.publish("n", str(i))
    await until(lambda: len(received) == 20)
    assert [message.data for message in received] == [str(i) for i in range(20)]
    assert all(message.id and message.timestamp for message in received)
    await channel.presence.enter("here")
    members = await channel.presence.get()
    assert [(member.client_id, member.data) for member in members] == [("jim", "here")]
    await channel.presence.leave()
    await channel.detach()
    await channel.attach()
    await client.close()


async def changes(sandbox):
    client = sandbox.realtime(token=sandbox.token())
    channel = client.channels.get("mutable:c")
    serial = (await channel.publish("message", "a")).serials[0]
    received = []
    await channel.subscribe("message", lambda message: received.append(message))
    for data in ("b", "c"):
        await channel.append_message(Message(serial=serial, data=data))
    await until(lambda: len(received) == 2)
    assert [(int(message.action), message.data) for message in received] == [(1, "ab"), (5, "c")]
    await channel.update_message(Message(serial=serial, data="d"))
    async with sandbox.rest() as rest:
        stored = rest.channels.get("mutable:c")
        assert (await stored.get_message(serial)).data == "d"
        assert len((await stored.get_message_versions(serial)).items) == 4
    await channel.annotations.publish(serial, Annotation(type="a:total.v1", name="n"))
    await until(lambda: int(received[-1].action) == 4)
    async with sandbox.rest() as rest:
        annotations = rest.channels.get("mutable:c").annotations
        assert len((await annotations.get(serial)).items) == 1
    await client.close()


async def jwts(sandbox):
    claims = {"x-ably-capability": '{"c":["*"]}', "x-ably-clientId": "jim"}
    async with sandbox.rest(sandbox.jwt(**claims)) as rest:
        await rest.channels.get("c").publish("n", "x")
        assert (await refusal(rest.channels.get("d").publish("n", "x")))[0] == 40160
    calls = 0

    async def signed(_):
        nonlocal calls
        calls += 1
        return sandbox.jwt(**claims, secret="wrong" if calls == 1 else "")

    # The refusal of the first one is of those that a client renews a token for.
    client = sandbox.realtime(auth_callback=signed, disconnected_retry_timeout=100)
    await state(client, "connected")
    assert calls == 2
    await client.close()


async def resume(sandbox):
    client = sandbox.realtime(client_id="jim")
    received = []
    channel = client.channels.get("c")
    await channel.subscribe(lambda message: received.append(message.data))
    await channel.publish("n", "before")
    await until(lambda: received == ["before"])
    again = asyncio.ensure_future(client.connection.once_async("connected"))
    await asyncio.sleep(0)
    sandbox.post("/_service/faults", {"drop": {"clientId": "jim"}})
    async with sandbox.rest() as rest:
        await rest.channels.get("c").publish("n", "meanwhile")
    await asyncio.wait_for(again, 20)
    await until(lambda: received == ["before", "meanwhile"])
    await client.close()


async def rewind(sandbox):
    async with sandbox.rest() as rest:
        for data in ("1", "2", "3"):
            await rest.channels.get("c").publish("n", data)
    client = sandbox.realtime()
    received = []
    channel = client.channels.get("c", ChannelOptions(params={"rewind": "2"}))
    await channel.subscribe(lambda message: received.append(message.data))
    await until(lambda: received == ["2", "3"])
    await client.close()


async def statistics(sandbox):
    messages = {"realtime": {"messages": {"count": 50, "data": 5000}}}
    sandbox.post("/stats", [{"intervalId": "2025-02-03:15:03", "inbound": messages}])
    async with sandbox.rest() as rest:
        page = await rest.stats(start="2025-02-03:15:03", end="2025-02-03:15:03", unit="minute")
        entries = page.items[0].entries
        assert entries["messages.inbound.realtime.messages.count"] == 50


async def push(sandbox):
    async with sandbox.rest() as rest:
        admin = rest.push.admin
        device = {
            "id": str(uuid.uuid4()),
            "clientId": "jim",
            "platform": "ios",
            "formFactor": "phone",
            "push": {"recipient": {"transportType": "apns", "deviceToken": "x"}},
        }
        assert (await admin.device_registrations.save(device)).push["state"] == "ACTIVE"
        assert len((await admin.device_registrations.list(limit=5000)).items) == 1
        assert (await refusal(admin.device_registrations.get("nobody")))[1] == 404
        await admin.publish({"clientId": "jim"}, {"data": {"a": "b"}})
        answer = await admin.device_registrations.remove(device["id"])
        assert answer.status_code == 204


async def main():
    for binary in (False, True):
        for check in (
                history, requests, authentication, jwts, realtime, resume, rewind, changes, statistics, push
            ):
            began = time.monotonic()
            await check(Sandbox(binary))
            form = "msgpack" if binary else "json"
            print(f"ok {check.__name__} ({form}, {time.monotonic() - began:.1f} s)")


asyncio.run(main())
