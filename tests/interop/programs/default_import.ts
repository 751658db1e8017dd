import Ably from "ably";
import type { Program } from "./program.ts";

type Holder = { client?: Ably.Realtime; rest?: Ably.Rest };

export const programs: Record<string, Program> = {
  "a Supabase function that announces a row": async ({ options, print }) => {
    const ably = new Ably.Rest(options);
    const handle = async (request: Request) => {
      const { record } = await request.json();
      await ably.channels.get(`rows:${record.table}`).publish("insert", record);
      return new Response("ok", { status: 202 });
    };
    const body = JSON.stringify({ record: { table: "orders", id: 1 } });
    const { status } = await handle(new Request("http://x/", { method: "POST", body }));
    const { items } = await ably.channels.get("rows:orders").history();
    print(status, items.map(({ name, data }) => [name, data]));
  },

  "a token endpoint with the capability as JSON text": async ({ options, print }) => {
    const ably = new Ably.Rest(options);
    const request = await ably.auth.createTokenRequest({
      clientId: "ann",
      capability: JSON.stringify({ "room:*": ["publish", "subscribe"] }),
      ttl: 60_000,
    });
    const { keyName, clientId, capability, ttl } = request;
    print(keyName === options.key!.split(":")[0], clientId, capability, ttl);
    print(typeof request.mac, typeof request.nonce, typeof request.timestamp);
  },

  "an authCallback that calls back": async ({ options: { key, ...where }, use, print }) => {
    const server = new Ably.Rest({ key, ...where });
    const client = use(
      new Ably.Realtime({
        ...where,
        authCallback: (_params, callback) => {
          server.auth.createTokenRequest({ clientId: "bob" }).then(
            (request) => callback(null, request),
            (error) => callback(error, null),
          );
        },
      }),
    );
    await client.connection.once("connected");
    print(client.connection.state, client.auth.clientId);
  },

  "an authCallback that fails": async ({ options: { key: _, ...where }, use, print }) => {
    const client = use(
      new Ably.Realtime({
        ...where,
        authCallback: (_params, callback) => callback("not signed in", null),
        logLevel: 0,
      }),
    );
    const change = await client.connection.once("disconnected");
    print(change.current, change.reason?.code, change.reason?.statusCode);
  },

  "an environment, without connecting": ({ options: { key }, print }) => {
    const client = new Ably.Realtime({
      key,
      environment: "sandbox",
      autoConnect: false,
      logLevel: 0,
    });
    print(client.connection.state, client.connection.id, client.auth.clientId);
    client.close();
    return Promise.resolve();
  },

  "a restHost with its port": async ({ options: { endpoint, ...rest }, print }) => {
    const ably = new Ably.Rest({ ...rest, restHost: endpoint, logLevel: 0 });
    await ably.channels.get("old").publish("n", "d");
    print((await ably.channels.get("old").history()).items.length);
  },

  "a lost connection that people wait for": async ({ options, use, drop, print }) => {
    const client = use(new Ably.Realtime(options));
    await client.connection.once("connected");
    const lost = client.connection.once("disconnected");
    const back = lost.then(() => client.connection.once("connected"));
    drop();
    print((await lost).current, (await back).current);
  },

  "a channel that is released and used again": async ({ options, use, print }) => {
    const { client }: Holder = { client: use(new Ably.Realtime(options)) };
    const channel = client!.channels.get("r");
    await channel.attach();
    await channel.detach();
    client!.channels.release("r");
    print(Object.keys(client!.channels.all));
    const again = client!.channels.get("r");
    print(again === channel, again.state);
    await again.attach();
    print(again.state);
  },

  "presence with a message from fromValues()": async ({ options, use, print }) => {
    const client = use(new Ably.Realtime({ ...options, clientId: "ann" }));
    const { presence } = client.channels.get("p");
    const message = Ably.Realtime.PresenceMessage.fromValues({
      data: { mood: "glad" },
      extras: { headers: { a: "1" } },
    });
    await presence.enter(message);
    const members = await presence.get();
    print(members.map(({ clientId, action, data, extras }) => [clientId, action, data, extras]));
    await presence.leave();
    print((await presence.get()).length);
  },
};
