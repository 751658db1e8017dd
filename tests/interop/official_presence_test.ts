import type { PresenceMessage } from "ably";
import { assert, assertEquals, test } from "../harness.ts";
import { Inbox } from "./clients.ts";
import { FORMATS, LEAKY, refusalOf, withSandbox } from "./sandbox.ts";

const brief = ({ action, clientId, data }: PresenceMessage) => [action, clientId, data];

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("2.1: finds the members that never leave, page by page", async (sandbox) => {
    const { presence } = sandbox.rest().channels.get("persisted:fixtures");
    const { items } = await presence.get();
    assertEquals(items.map(brief), [
      ["present", "text", "some text"],
      ["present", "object", { a: 1 }],
      ["present", "looks", '{"a":1}'],
    ]);
    const [{ connectionId } = { connectionId: "" }] = items;
    assertEquals((await presence.get({ connectionId })).items.length, 3);
    assertEquals((await presence.get({ clientId: "text" })).items.length, 1);
    const first = await presence.get({ limit: 2 });
    assertEquals((await first.next())!.items.map(({ clientId }) => clientId), ["looks"]);
    const history = await presence.history();
    assertEquals(history.items.map(({ action, clientId }) => [action, clientId]), [
      ["enter", "looks"],
      ["enter", "object"],
      ["enter", "text"],
    ]);
    const live = sandbox.realtime().channels.get("persisted:fixtures").presence;
    assertEquals((await live.get()).length, 3);
  });

  official("10.1: enters, updates and leaves, while it attaches too", async (sandbox) => {
    const inbox = new Inbox<PresenceMessage>();
    await sandbox.realtime().channels.get("c").presence.subscribe(inbox.put);
    const { presence } = sandbox.realtime({ clientId: "jim" }).channels.get("c");
    await Promise.all([presence.enter("1"), presence.update("2"), presence.leave("3")]);
    assertEquals(brief(await inbox.next()), ["enter", "jim", "1"]);
    assertEquals(brief(await inbox.next()), ["update", "jim", "2"]);
    assertEquals(brief(await inbox.next()), ["leave", "jim", "3"]);
    assertEquals((await sandbox.rest().channels.get("c").presence.get()).items, []);
    const anonymous = await sandbox.rest().auth.requestToken();
    const nobody = sandbox.realtime({ tokenDetails: anonymous }).channels.get("c");
    await nobody.attach();
    assert([40012, 91000].includes((await refusalOf(nobody.presence.enterClient("x")))[0]));
  });

  official("10.3: finds 110 members, and completes a sync of none", async (sandbox) => {
    const { presence } = sandbox.realtime().channels.get("c");
    const names = Array.from({ length: 110 }, (_, i) => `client${i}`);
    await Promise.all(names.map((name) => presence.enterClient(name, "x")));
    const other = sandbox.realtime();
    const members = await other.channels.get("c").presence.get();
    assertEquals(members.map(({ clientId }) => clientId).sort(), names.sort());
    const empty = other.channels.get("empty");
    await empty.attach();
    (empty as unknown as { sync(): void }).sync();
    assertEquals(await empty.presence.get(), []);
  });

  official("10.5: the members of a lost connection leave under another id", async (sandbox) => {
    const inbox = new Inbox<PresenceMessage>();
    await sandbox.realtime().channels.get("c").presence.subscribe("leave", inbox.put);
    const lost = sandbox.realtime({ clientId: "jim", transportParams: { remainPresentFor: 50 } });
    await lost.channels.get("c").presence.enter("last words");
    const connectionId = lost.connection.id!;
    sandbox.scene.service.faults.connect({ params: { resume: "*" } }, { refuse: true });
    sandbox.scene.service.faults.drop({ connectionId });
    const leave = await inbox.next();
    assertEquals([leave.connectionId, leave.data], [connectionId, "last words"]);
    assert(!leave.id.startsWith(connectionId));
    sandbox.scene.service.faults.clear();
  });

  official("5.6: presence history, newest first and until the attachment", async (sandbox) => {
    const channel = sandbox.realtime({ clientId: "jim" }).channels.get("persisted:c");
    for (const data of ["1", "2", "3"]) await channel.presence.update(data);
    const { items } = await channel.presence.history();
    assertEquals(items.map(({ data }) => data), ["3", "2", "1"]);
    const late = sandbox.realtime().channels.get("persisted:c");
    await late.attach();
    await channel.presence.leave("4");
    const until = await late.presence.history({ untilAttach: true } as object);
    assertEquals(until.items.map(({ data }) => data), ["3", "2", "1"]);
  });
}
