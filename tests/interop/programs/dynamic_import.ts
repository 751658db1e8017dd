import type { ErrorInfo, InboundMessage } from "ably";
import type { Program } from "./program.ts";

export const programs: Record<string, Program> = {
  "a Worker that imports when it is called": async ({ options, print }) => {
    const worker = {
      async fetch(request: Request): Promise<Response> {
        const { default: Ably } = await import("ably");
        const rest = new Ably.Rest(options);
        const { serials } = await rest.channels.get("d").publish(
          "hit",
          new URL(request.url).pathname,
        );
        return Response.json({ count: serials.length });
      },
    };
    print(await (await worker.fetch(new Request("http://x/path"))).json());
  },

  "a bot that answers": async ({ options, use, print }) => {
    const { Realtime } = await import("ably");
    const [bot, user] = [use(new Realtime(options)), use(new Realtime(options))];
    const room = bot.channels.get("bot");
    await room.subscribe("ask", async ({ data }) => {
      await room.publish("answer", { to: data, text: "yes" });
    });
    const answered = new Promise<InboundMessage>((resolve) => {
      void user.channels.get("bot").subscribe("answer", resolve);
    });
    await user.channels.get("bot").attach();
    await user.channels.get("bot").publish("ask", "why");
    const { name, data } = await answered;
    print(name, data);
  },

  "push subscriptions of a client": async ({ options, print }) => {
    const Ably = await import("ably");
    const { channelSubscriptions } = new Ably.Rest(options).push.admin;
    await channelSubscriptions.save({ channel: "pushenabled:a", clientId: "ann" });
    const list = async () => {
      const params = { clientId: "ann", limit: "10" } as object;
      return (await channelSubscriptions.list(params)).items.map(({ channel }) => channel);
    };
    print(await list());
    await channelSubscriptions.remove({ channel: "pushenabled:a", clientId: "ann" });
    print(await list());
  },

  "a wrong key": async ({ options, print }) => {
    const { Rest } = await import("ably");
    const rest = new Rest({ ...options, key: "no.such:key", logLevel: 0 });
    await rest.channels.get("k").history().catch((error: ErrorInfo) => {
      print(error.statusCode, Math.floor(error.code / 100));
    });
    try {
      new Rest({} as never);
    } catch (error) {
      print((error as ErrorInfo).code);
    }
  },
};
