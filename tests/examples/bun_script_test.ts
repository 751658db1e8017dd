import { publish } from "../../examples/bun-script/publish.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService } from "../../src/testing/mod.ts";
import { createTokenRequest } from "../../src/token/mod.ts";
import { asNetwork } from "../support/as_network.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";

test("examples, bun-script: its session goes nowhere without TLS but to this machine", async () => {
  const addresses = [
    ...["http://api.example.com/token", "http://localhost.evil.example/token", "ftp://x/token"],
    ...["http://127.0.0.1.evil.example/token", "", "token"],
  ];
  for (const tokenUrl of addresses) {
    await assertRejects(() => publish("Hello", { tokenUrl, session: "the-session" }));
  }
});

test("examples, bun-script: reads a hundred texts at most", async () => {
  await using service = createService();
  using _network = asNetwork(service, {
    "api.example.com": async () =>
      Response.json(await createTokenRequest(service.key, { capability: { lobby: ["*"] } })),
  });
  const lobby = new Rest(service.options()).channels.get("lobby");
  await lobby.publish(Array.from({ length: 120 }, (_, i) => ({ name: "note", data: String(i) })));
  const texts = await publish("Hello", {
    tokenUrl: "https://api.example.com/token",
    session: "the-session",
  });
  assertEquals([texts.length, texts[0]], [100, "Hello"]);
});
