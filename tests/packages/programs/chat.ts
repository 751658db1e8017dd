// Two users in a room of Chat.
import {
  ChatClient,
  type ChatMessageEvent,
  ChatMessageEventType,
  type Message,
  MessageReactionType,
  OrderBy,
  type PresenceEvent,
  type RoomReactionEvent,
  type TypingSetEvent,
} from "@ably/chat";
import * as Ably from "ably";
import { end, Inbox, refusal, say, service, show, userOptions } from "./support.ts";

const amy = new Ably.Realtime(userOptions("amy", { "ably.room.*": '{"role":"host"}' }));
const bob = new Ably.Realtime({ ...service, clientId: "bob" });

const options = {
  occupancy: { enableEvents: true },
  messages: { rawMessageReactions: true, defaultMessageReactionType: MessageReactionType.Distinct },
};
const [amysChat, bobsChat] = [new ChatClient(amy), new ChatClient(bob)];
const amysRoom = await amysChat.rooms.get("lobby", options);
const bobsRoom = await bobsChat.rooms.get("lobby", options);
say("same room", await bobsChat.rooms.get("lobby", options) === bobsRoom, bobsRoom.status);

const messages = new Inbox<ChatMessageEvent>();
const presence = new Inbox<PresenceEvent>();
const typing = new Inbox<TypingSetEvent>();
const roomReactions = new Inbox<RoomReactionEvent>();
const summaries = new Inbox<string>();
const raw = new Inbox<string>();
const occupancy = new Inbox<number>();
const subscription = bobsRoom.messages.subscribe(messages.put);
bobsRoom.presence.subscribe(presence.put);
bobsRoom.typing.subscribe(typing.put);
bobsRoom.reactions.subscribe(roomReactions.put);
bobsRoom.messages.reactions.subscribe(({ reactions }) => summaries.put(show(reactions)));
bobsRoom.messages.reactions.subscribeRaw(({ type, reaction: { messageSerial: _, ...reaction } }) =>
  raw.put(`${type} ${show(reaction)}`)
);
bobsRoom.occupancy.subscribe(({ occupancy: { connections } }) => occupancy.put(connections));

await amysRoom.attach();
const before = await amysRoom.messages.send({ text: "before bob" });
await bobsRoom.attach();
say("status", amysRoom.status, bobsRoom.status, bobsChat.connection.status, bobsChat.clientId);
await occupancy.find((connections) => connections === 2);

const describe = ({ type, message }: ChatMessageEvent) => `${type} ${describeMessage(message)}`;
const describeMessage = (message: Message) => {
  const { text, clientId, action, metadata, headers, userClaim, version, timestamp } = message;
  const { clientId: by, description, metadata: why } = version;
  const times = [timestamp, version.timestamp].every((time) => time instanceof Date);
  return show({
    text,
    clientId,
    action,
    metadata,
    headers,
    userClaim,
    by,
    description,
    why,
    times,
  });
};

const sent = await amysRoom.messages.send({
  text: "hi",
  metadata: { a: { b: 1 } },
  headers: { c: "d" },
});
say("sent", describeMessage(sent));
const created = await messages.find(({ message }) => message.serial === sent.serial);
say("received", describe(created), created.type === ChatMessageEventType.Created);
say("not received", messages.items.some(({ message }) => message.text === "before bob"));

const edited = await amysRoom.messages.update(sent.serial, sent.copy({ text: "hi all" }), {
  description: "typo",
  metadata: { reason: "spelling" },
});
say("edited", describeMessage(edited), edited.version.serial > sent.serial);
const updated = await messages.find(({ type }) => type === ChatMessageEventType.Updated);
say("received", describe(updated));
say("applied", describeMessage(sent.with(updated)), sent.with(updated).with(created.message).text);
await bobsRoom.messages.update(before.serial, { text: "before bob, edited" });
say("of another", (await amysRoom.messages.get(before.serial)).version.clientId);
const gone = await amysRoom.messages.delete(sent.serial, { description: "gone" });
say("deleted", describeMessage(gone));
const versions = await amysRoom.messages.getVersions(sent.serial);
say("versions", versions.items.map(({ action, text }) => [action, text]));
say("received", describe(await messages.find(({ type }) => type === ChatMessageEventType.Deleted)));

const earlier = await subscription.historyBeforeSubscribe({ limit: 10 });
say("before", earlier.items.map(({ text }) => text), earlier.hasNext());
for (const text of ["1", "2", "3"]) await bobsRoom.messages.send({ text });
const page = await amysRoom.messages.history({ limit: 2, orderBy: OrderBy.OldestFirst });
say("page", page.items.map(({ text }) => text), page.hasNext(), page.isLast());
const next = await page.next();
say("next", next?.items.map(({ text }) => text), next?.items[0] && describeMessage(next.items[0]));
say("newest", (await amysRoom.messages.history({ limit: 1 })).items.map(({ text }) => text));

const { reactions } = amysRoom.messages;
await reactions.send(before.serial, { name: "👍" });
await bobsRoom.messages.reactions.send(before.serial, { name: "👍" });
await reactions.send(before.serial, { type: MessageReactionType.Multiple, name: "👏", count: 3 });
await bobsRoom.messages.reactions.send(before.serial, {
  type: MessageReactionType.Unique,
  name: "🔥",
});
await reactions.delete(before.serial, { name: "👍" });
for (const text of await raw.count(5)) say("raw reaction", text);
for (const text of await summaries.count(5)) say("summary", text);
say("own reactions", await reactions.clientReactions(before.serial));
say("others'", await reactions.clientReactions(before.serial, "bob"));
say("stored", (await amysRoom.messages.get(before.serial)).reactions);

await amysRoom.presence.enter({ mood: "fine" });
await amysRoom.presence.update({ mood: "better" });
await presence.count(2);
const members = await bobsRoom.presence.get();
say("members", members.map(({ clientId, data, userClaim }) => ({ clientId, data, userClaim })));
say(
  "present",
  await bobsRoom.presence.isUserPresent("amy"),
  await bobsRoom.presence.isUserPresent("x"),
);
await amysRoom.presence.leave({ mood: "off" });
for (const { type, member } of await presence.count(3)) {
  say("presence", type, member.clientId, member.data, member.userClaim);
}

await amysRoom.typing.keystroke();
await amysRoom.typing.keystroke();
await amysRoom.typing.stop();
for (const { currentTypers, change } of await typing.count(2)) say("typing", currentTypers, change);
await amysRoom.reactions.send({ name: "wave", metadata: { a: 1 }, headers: { b: "c" } });
for (const { reaction } of await roomReactions.count(1)) {
  const { name, clientId, metadata, headers, isSelf, userClaim } = reaction;
  say("room reaction", name, { clientId, metadata, headers, isSelf, userClaim });
}
say("stored texts", (await amysRoom.messages.history({ limit: 100 })).items.length);

say("occupancy", await bobsRoom.occupancy.get(), bobsRoom.occupancy.current?.connections);
say("empty text", await refusal(amysRoom.messages.send({ text: "" })));
say("no such message", await refusal(amysRoom.messages.update("x", { text: "y" })));
say(
  "other options",
  await refusal(bobsChat.rooms.get("lobby", { presence: { enableEvents: false } })),
);
await amysRoom.detach();
say("detached", amysRoom.status);
await occupancy.find((connections) => connections === 1);
await bobsChat.rooms.release("lobby");
say("released", bobsRoom.status);

const reader = new ChatClient(
  new Ably.Realtime(
    userOptions("eve", { "x-ably-capability": '{"lobby":["subscribe","history"]}' }),
  ),
);
const readersRoom = await reader.rooms.get("lobby");
await readersRoom.attach();
say("reader", readersRoom.status, await refusal(readersRoom.messages.send({ text: "x" })));
const otherRoom = await reader.rooms.get("other");
say("other room", await refusal(otherRoom.attach()), otherRoom.status, otherRoom.error?.code);
end();
