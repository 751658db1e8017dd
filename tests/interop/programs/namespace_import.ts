import * as Ably from "ably";
import type { Program } from "./program.ts";

export const programs: Record<string, Program> = {
  "history with params as text": async ({ options, print }) => {
    const channel = new Ably.Rest(options).channels.get("h");
    for (const data of ["1", "2", "3"]) await channel.publish("n", data);
    const params = { limit: "2", direction: "forwards", start: "0" };
    let page: Ably.PaginatedResult<Ably.InboundMessage> | null = await channel.history(
      params as object,
    );
    while (page) {
      print(page.items.map(({ data }) => data), page.hasNext(), page.isLast());
      page = await page.next();
    }
  },

  "a message that is updated and deleted": async ({ options, print }) => {
    const channel = new Ably.Rest(options).channels.get("mutable:m");
    const { serials } = await channel.publish("n", "one");
    const serial = serials[0]!;
    await channel.updateMessage({ serial, data: "two" }, { description: "typo" });
    const message = await channel.getMessage(serial);
    print(message.data, message.action, message.version?.description);
    await channel.deleteMessage({ serial });
    print((await channel.getMessage(serial)).action);
    print((await channel.getMessageVersions(serial)).items.map(({ action }) => action).sort());
  },

  "a publish to several channels": async ({ options, print }) => {
    const rest = new Ably.Rest(options);
    const result = await rest.batchPublish({ channels: ["a", "b"], messages: [{ data: "x" }] });
    print(result.successCount, result.failureCount, result.results.map(({ channel }) => channel));
  },

  "an encrypted channel": async ({ options, print }) => {
    const key = await Ably.Rest.Crypto.generateRandomKey(128);
    const cipher = Ably.Rest.Crypto.getDefaultParams({ key });
    print(cipher.algorithm, cipher.keyLength, cipher.mode);
    const rest = new Ably.Rest(options);
    await rest.channels.get("e", { cipher: { key } }).publish("n", { secret: true });
    print((await rest.channels.get("e").history()).items[0]!.data);
  },

  "messages by name, and with rewind": async ({ options, use, print }) => {
    const rest = new Ably.Rest(options);
    await rest.channels.get("w").publish("b", "early");
    const client = use(new Ably.Realtime(options));
    const channel = client.channels.get("w", { params: { rewind: "1" } });
    const seen: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      channel.subscribe(["a", "b"], (message) => {
        seen.push([message.name, message.data]);
        if (seen.length === 2) resolve();
      });
    });
    await channel.whenState("attached");
    await channel.publish([{ name: "c", data: "no" }, { name: "a", data: "late" }]);
    await done;
    print(seen);
  },

  "a ping and a close": async ({ options, use, print }) => {
    const client = use(new Ably.Realtime({ ...options, autoConnect: false }));
    print(client.connection.state);
    client.connect();
    await client.connection.once("connected");
    print(typeof await client.connection.ping(), typeof client.connection.id);
    client.close();
    await client.connection.whenState("closed");
    print(client.connection.state);
  },

  "presence events by action": async ({ options, use, print }) => {
    const client = use(new Ably.Realtime({ ...options, clientId: "ann" }));
    const { presence } = client.channels.get("pe");
    const seen: unknown[] = [];
    await presence.subscribe(
      ["enter", "leave"],
      ({ action, data }) => void seen.push([action, data]),
    );
    await presence.enter("in");
    await presence.update("new");
    await presence.leave("out");
    print(seen);
  },

  "a capability that does not suffice": async ({ options: { key, ...where }, print }) => {
    const server = new Ably.Rest({ key, ...where });
    const token = await server.auth.requestToken({ capability: { "mine": ["publish"] } });
    print(token.capability);
    const rest = new Ably.Rest({ ...where, token: token.token, logLevel: 0 });
    try {
      await rest.channels.get("yours").publish("n", "d");
    } catch (error) {
      const { code, statusCode } = error as Ably.ErrorInfo;
      print(error instanceof Ably.ErrorInfo, code, statusCode);
    }
  },

  "the time and the statistics": async ({ options, print }) => {
    const rest = new Ably.Rest(options);
    print(Math.abs(await rest.time() - Date.now()) < 60_000);
    print(Array.isArray((await rest.stats({ unit: "hour" })).items));
  },
};
