import { assert, assertEquals, assertMatch, assertStringIncludes, skip, test } from "../harness.ts";
import { isThere, makeProject, printed, type Printer, PRINTERS } from "./support/programs.ts";

/** Consoles that show members; the one of a browser shows them when a reader opens the object. */
const OPEN: readonly Printer[] = ["deno", "node", "bun", "workerd"];

const CLIENTS = `import { Realtime, Rest } from "@ably-edge/sdk";
const fetch = () =>
  Promise.resolve(new Response("[1]", { headers: { "content-type": "application/json" } }));
const authHeaders = { authorization: "s3cret" };
const options = { key: "app.key:s3cret", clientId: "jim", autoConnect: false, authHeaders, fetch };
const rest = new Rest(options);
const client = new Realtime(options);
const channel = client.channels.get("orders");
rest.channels.get("news");`;

const SHOWN: Record<string, string> = {
  rest: 'Rest { auth: Auth { clientId: "jim" }, ' +
    'channels: RestChannels { news: RestChannel { name: "news" } } }',
  "rest.auth": 'Auth { clientId: "jim" }',
  client: 'Realtime { auth: Auth { clientId: "jim" }, channels: RealtimeChannels { ' +
    'orders: RealtimeChannel { name: "orders", state: "initialized", errorReason: null } }, ' +
    'connection: Connection { state: "initialized", errorReason: null, id: undefined } }',
  "client.connection": 'Connection { state: "initialized", errorReason: null, id: undefined }',
  channel: 'RealtimeChannel { name: "orders", state: "initialized", errorReason: null }',
  "channel.presence": 'RealtimePresence { channel: "orders", syncComplete: false }',
  "channel.annotations": 'RealtimeAnnotations { channel: "orders" }',
  "channel.push": 'PushChannel { channel: "orders" }',
  'rest.channels.get("news").annotations': 'RestAnnotations { channel: "news" }',
  "await rest.stats()": "PaginatedResult { items: [ 1 ], hasNext: false }",
  'await rest.request("GET", "/x", 3)': "HttpPaginatedResponse { items: [ 1 ], statusCode: 200, " +
    "success: true, errorCode: null, errorMessage: null, errorDetail: null, " +
    'headers: { "content-type": "application/json" }, hasNext: false }',
};

const SERVICE = `import { createService, FakeClock } from "@ably-edge/sdk/testing";
import { Rest } from "@ably-edge/sdk";
const service = createService({ key: "app.key:s3cret" });
const rest = new Rest(service.options());
await rest.channels.get("orders").publish("placed", "one");
console.log(service);
console.log(new FakeClock(0));`;

/** An output on one line, with the quotation marks of all runtimes alike. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("'", '"').replaceAll(", }", " }");
}

function testOn(printer: Printer, name: string, run: () => Promise<void>): void {
  if (!isThere(printer)) return skip(name, `there is no ${printer}`);
  test(name, run, { leaks: "esbuild" });
}

for (const printer of OPEN) {
  testOn(printer, `console.log: clients and channels show their state on ${printer}`, async () => {
    await using project = await makeProject();
    const logs = Object.keys(SHOWN).map((value) => `console.log(${value});console.log("--");`);
    // Bun lists the methods of Push, which has no form of its own. The options have secrets, which may not be shown.
    logs.push("console.log(rest.push, rest.options, client.options);");
    const output = await printed(
      printer,
      { name: "main", code: `${CLIENTS}\n${logs.join("\n")}` },
      project,
    );
    assert(!output.includes("s3cret"), output);
    const parts = output.split(/^--\n/m).map((part) => flat(part.replace(/--$/, "")).trim());
    assertMatch(parts.at(-1)!, /^Push \{\s+admin: PushAdmin \{/);
    Object.values(SHOWN).forEach((form, index) => assertEquals(parts[index], form));
  });

  testOn(printer, `console.log: an error shows its code once on ${printer}`, async () => {
    await using project = await makeProject();
    const code = `import { ErrorInfo } from "@ably-edge/sdk";
const error = new ErrorInfo({
  message: "Denied",
  code: 40160,
  remediation: "Ask for the right",
  requestId: "r1",
  cause: new TypeError("behind"),
});
console.log(error);`;
    const output = await printed(printer, { name: "main", code }, project);
    for (const part of ["behind", "40160:", "Ask for the right", "401,", "r1"]) {
      const wanted = printer === "bun" ? part.replace(":", ",") : part;
      assertStringIncludes(output, wanted);
    }
    if (printer !== "bun") assertEquals(output.split("Ask for the right").length, 2, output);
  });
}

for (const printer of ["deno", "bun", "workerd"] as const) {
  testOn(
    printer,
    `console.log: a service shows its channels, not its key, on ${printer}`,
    async () => {
      await using project = await makeProject();
      const output = await printed(printer, { name: "main", code: SERVICE }, project);
      assert(!output.includes("s3cret"), output);
      assertMatch(flat(output), /^LocalService \{ apps: \[ "app" \], channels: \[ "orders" \], /);
      assertMatch(flat(output), /FakeClock \{ now: 1970-01-01T00:00:00\.000Z, pending: 0 \}/);
    },
  );
}

testOn(
  "chromium",
  "console.log: clients have their own names in the console of Chromium",
  async () => {
    await using project = await makeProject();
    const code = `${CLIENTS}\nconsole.log(rest, client, channel, client.connection);`;
    const output = await printed("chromium", { name: "main", code }, project);
    assertEquals(output, "Rest Realtime RealtimeChannel Connection");
  },
);

test("console.log: each console has a test", () => {
  assertEquals([...OPEN, "chromium"], [...PRINTERS]);
});
