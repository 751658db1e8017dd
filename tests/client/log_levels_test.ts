import { type ClientOptions, ErrorInfo, type LogHandler, Realtime, Rest } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, assertThrows, test } from "../harness.ts";
import { json, KEY } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

/** The levels that each part logs at, over the life of a realtime client. */
async function partsOf(logLevel: ClientOptions["logLevel"]): Promise<Record<string, string[]>> {
  await using service = createService();
  const parts: Record<string, Set<string>> = {};
  const logHandler: LogHandler = (_, level, { part }) =>
    void (parts[part] ??= new Set()).add(level);
  const options = { ...service.options(), clientID: "misspelt", logLevel, logHandler };
  {
    await using client = new Realtime(options);
    const channel = client.channels.get("a");
    await channel.subscribe(() => {
      throw new Error("A listener fails");
    });
    await channel.publish("n", "d");
    await channel.history();
    await client.auth.authorize();
  }
  return Object.fromEntries(Object.entries(parts).map(([part, levels]) => [part, [...levels]]));
}

test("TO3b: each line is passed to the handler with the part that logs it", async () => {
  const parts = await partsOf("trace");
  assertEquals(parts["client"], ["warn"]);
  assertEquals(parts["auth"], ["info"]);
  assertEquals(parts["http"], ["debug"]);
  assertEquals(parts["connection"]!.sort(), ["info", "trace"]);
  assertEquals(parts["channel"]!.sort(), ["error", "info"]);
});

test("TO3b: a level can be given by part; the others have the default", async () => {
  assertEquals(await partsOf({ default: "none", http: "debug" }), { http: ["debug"] });
  assertEquals(await partsOf({ default: "none", connection: "info" }), { connection: ["info"] });
  assertEquals(await partsOf({ channel: "none" }), { client: ["warn"] });
  assertEquals(await partsOf({ client: null, channel: "error", auth: 2 }), {
    client: ["warn"],
    channel: ["error"],
    auth: ["info"],
  });
  const quiet = await partsOf({ default: "trace", connection: "none", client: "none" });
  assertEquals(Object.keys(quiet).sort(), ["auth", "channel", "http"]);
});

test("TO3b: a part that there is not, and a level that there is not, are refused", () => {
  for (const logLevel of [{ chanel: "debug" }, { http: "verbose" }, { default: 7 }, [], "loud"]) {
    const error = assertThrows(
      () => new Rest({ key: KEY, logLevel: logLevel as ClientOptions["logLevel"] }),
      ErrorInfo,
      "logLevel",
    );
    assertEquals(error.code, 40000);
  }
});

test("RSA4: a new token is logged with its lifetime, where that is known", async () => {
  const lines: string[] = [];
  const { rest } = fakeRest(() => json({ token: "t", issued: 1_000, expires: 4_600 }), {
    logLevel: { auth: "info" },
    logHandler: (line, level, { part }) => void lines.push(`${level} ${part} ${line}`),
  });
  await rest.auth.authorize();
  await rest.auth.authorize(null, { authCallback: () => "opaque" });
  assertEquals(lines, ["info auth Got a new token, valid for 3.6 s", "info auth Got a new token"]);
});
