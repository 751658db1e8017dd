import type { Page } from "playwright-core";
import { Realtime } from "../../src/realtime/realtime.ts";
import { createService, type LocalService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, skip, test } from "../harness.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const path = findChromium();

interface Scene {
  service: LocalService;
  client: Realtime;
  page: Page;
  url: string;
}

/** Registers a case with a service on a port, a client that is connected to it, and the service's page. */
function pageTest(name: string, run: (scene: Scene) => Promise<void>): void {
  const whole = `status page: ${name}`;
  if (path === undefined) {
    return skip(whole, "there is no Chromium; CHROMIUM can say where one is");
  }
  test(whole, async () => {
    await using service = createService();
    await using served = await serve(service);
    await using client = new Realtime({ ...served.options(), clientId: "jim" });
    await client.channels.get("orders").presence.enter({ mood: "good" });
    await using browser = await startChromium(path);
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${served.url}/#key=${encodeURIComponent(service.key)}`);
    await page.getByText("Running").waitFor();
    await run({ service, client, page, url: served.url });
    assertEquals(complaints, []);
    await browser.close();
  });
}

pageTest("it shows connections, channels and frames, and goes on doing so", async (scene) => {
  const { client, page } = scene;
  await page.getByRole("cell", { name: "orders", exact: true }).waitFor();
  assertEquals(await page.locator("td:not(.tools-cell)").allTextContents(), [
    ...["1", client.connection.id, "jim", "yes"],
    ...["orders", "0", "1", "1", "1", "1"],
  ]);
  await client.channels.get("invoices").attach();
  await page.getByRole("cell", { name: "invoices", exact: true }).waitFor();
  const log = await page.locator("#log").innerText();
  assertMatch(log, /socket 1 → ATTACH invoices/);
  assertEquals(log.includes("_service"), false);
  await page.getByRole("searchbox", { name: "Search" }).fill("inv");
  await page.getByRole("cell", { name: "orders", exact: true }).waitFor({ state: "detached" });
});

pageTest(
  "it copies options for several clients, and keeps the key out of the address",
  async (scene) => {
    const { service, page, url } = scene;
    assertEquals(page.url(), `${url}/`);
    const copied = async (client: string) => {
      await page.getByRole("combobox").selectOption(client);
      await page.getByRole("button", { name: "Copy" }).click();
      await page.getByText("Copied").waitFor();
      return await page.evaluate<string>("navigator.clipboard.readText()");
    };
    const { port } = new URL(url);
    const script =
      `({\n  endpoint: "localhost",\n  port: ${port},\n  tls: false,\n  key: "${service.key}"\n});`;
    assert((await copied("This library")).endsWith(`new Realtime${script}`));
    assert((await copied("ably on npm")).endsWith(`new Ably.Realtime${script}`));
    assert((await copied("Python")).includes(`endpoint="localhost:${port}"`));
    assertEquals(
      await copied("curl"),
      `curl -u '${service.key}' ${url}/channels/test/messages`,
    );
    await page.reload();
    assertEquals(await page.getByLabel("Key").inputValue(), service.key);
  },
);

pageTest("it publishes text and JSON, and says why a publish is refused", async (scene) => {
  const { service, page } = scene;
  await page.getByLabel("Channel", { exact: true }).fill("orders");
  await page.getByLabel("Name", { exact: true }).fill("placed");
  await page.getByLabel("Data, as text or JSON").fill('{"id": 17}');
  await page.getByRole("button", { name: "Publish" }).click();
  assertEquals((await service.published("orders")).data, { id: 17 });
  await page.getByLabel("Data, as text or JSON").fill("17");
  await page.getByLabel("Name", { exact: true }).press("Enter");
  await service.published("orders", { data: "17" });
  await page.getByLabel("Key").fill("");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("Enter the key first").waitFor();
  assertEquals(await page.evaluate("document.activeElement.id"), "key");
});

pageTest("it drops and disconnects a connection, and expires tokens", async (scene) => {
  const { client, service, page } = scene;
  await using guest = new Realtime({
    ...service.options({ clientId: "ann" }),
    clientId: "ann",
  });
  for (const tool of ["Drop the connection of jim", "Disconnect jim"]) {
    const connected = client.connection.once("connected");
    await page.getByRole("button", { name: tool }).click();
    await connected;
  }
  await guest.connect();
  const connected = guest.connection.once("connected");
  await page.getByRole("button", { name: "Expire all tokens" }).click();
  assertEquals((await connected).current, "connected");
  await page.getByText("All tokens have expired").waitFor();
});

pageTest("it shows the members, messages and objects of a channel, decoded", async (scene) => {
  const { client, service, page } = scene;
  await client.channels.get("orders").publish("placed", { id: 17 });
  await service.objects("orders").apply(
    { action: 1, objectId: "root", mapSet: { key: "open", value: { number: 3 } } },
    { siteCode: "test" },
  );
  await page.getByRole("button", { name: "Show the content of orders" }).press("Enter");
  const content = page.getByRole("region", { name: "Channel orders" });
  const shows = (part: string, text: string) => content.locator(part, { hasText: text }).waitFor();
  await shows("#members", '"mood": "good"');
  await shows("#messages", '"id": 17');
  await shows("#objects", '"open": 3');
  assertEquals(await page.getByLabel("Channel", { exact: true }).inputValue(), "orders");
  service.enter("orders", "ann");
  await content.getByText('"clientId": "ann"').waitFor();
  await content.getByRole("button", { name: "Close" }).press("Enter");
  await content.waitFor({ state: "hidden" });
  assertEquals(
    await page.evaluate('document.activeElement.getAttribute("aria-label")'),
    "Show the content of orders",
  );
});

pageTest(
  "the log keeps a selection and opened entries, is filtered, paused and cleared",
  async (scene) => {
    const { client, page } = scene;
    const orders = client.channels.get("orders");
    const log = page.locator("#log");
    await orders.publish("first", { id: 1 });
    const first = log.locator("summary", { hasText: /→ MESSAGE orders first/ });
    await first.press("Enter");
    assertMatch(await log.locator("pre").innerText(), /"data": \{\s+"id": 1/);
    await first.selectText();
    const selected = () => page.evaluate<string>("String(getSelection())");
    const before = await selected();
    assertMatch(before, /first/);
    await orders.publish("second", { id: 2 });
    await log.locator("summary", { hasText: /→ MESSAGE orders second/ }).waitFor();
    assertEquals(await selected(), before);
    assertEquals(await log.locator("pre").count(), 1);

    await page.getByRole("searchbox", { name: "Filter" }).fill("second");
    assertEquals(
      (await log.locator("li:visible").allInnerTexts()).every((line) => line.includes("second")),
      true,
    );
    await page.getByRole("searchbox", { name: "Filter" }).fill("");
    await page.getByRole("button", { name: "Pause" }).click();
    assertEquals(await page.getByRole("button", { pressed: true }).innerText(), "Pause");
    await orders.publish("third", "x");
    await page.waitForResponse(/_service\/state/);
    await page.waitForResponse(/_service\/state/);
    assertEquals(await log.getByText("third").count(), 0);
    await page.getByRole("button", { name: "Pause" }).click();
    await log.locator("summary", { hasText: /→ MESSAGE orders third/ }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    assertEquals(await log.locator("li").count(), 0);
  },
);

pageTest(
  "it fits narrow screens, is used by keyboard alone, and every control has a name",
  async (scene) => {
    const { client, service, page } = scene;
    await client.channels.get("orders").publish("placed", { id: 17 });
    service.enter("orders", "a-rather-long-client-id-without-any-space-in-it-0123456789");
    await page.getByRole("button", { name: "Show the content of orders" }).click();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [320, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        assertEquals([width, overflow], [width, 0]);
        await saveScreenshot(page, `status-${colorScheme}-${width}`);
      }
    }
    const unnamed = await page.evaluate(`
    [...document.querySelectorAll("button, input, select, textarea, [tabindex='0']")].filter((node) =>
      !(node.getAttribute("aria-label") ?? node.getAttribute("aria-labelledby") ??
        node.closest("label")?.textContent ?? node.textContent)?.trim()).length
  `);
    assertEquals(unnamed, 0);
    await page.getByLabel("Key").focus();
    const reached = new Set<string>();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate<string>(`
      document.activeElement.id || document.activeElement.getAttribute("aria-label") ||
        document.activeElement.textContent
    `);
      reached.add(name);
    }
    for (
      const name of [
        ...["client", "copy", "channel", "data", "Publish", "search", "expire", "filter", "pause"],
        ...["clear", "log", "Drop the connection of jim", "Show the content of orders", "close"],
      ]
    ) {
      assert(reached.has(name), `${name} is not reached by the Tab key`);
    }
  },
);
