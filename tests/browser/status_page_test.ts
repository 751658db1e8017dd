import { Realtime } from "../../src/realtime/realtime.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assertEquals, assertMatch, skip, test } from "../harness.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const NAME = "admin: the status page shows connections, channels and frames, and goes on doing so";
const path = findChromium();

if (path === undefined) skip(NAME, "there is no Chromium; CHROMIUM can say where one is");
else {
  test(NAME, async () => {
    await using service = createService();
    await using served = await serve(service);
    await using client = new Realtime({ ...served.options(), clientId: "jim" });
    await using browser = await startChromium(path);
    const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    const orders = client.channels.get("orders");
    await orders.presence.enter();
    await orders.publish("placed", { id: 17 });
    await page.goto(served.url);
    await page.getByText("Running").waitFor();
    assertEquals(await page.locator("td").allTextContents(), [
      ...[client.connection.id, "jim", "yes"],
      ...["orders", "1", "1", "1", "1", "1"],
    ]);
    await client.channels.get("invoices").attach();
    await page.getByRole("cell", { name: "invoices" }).waitFor();
    const log = await page.locator("#log").innerText();
    assertMatch(log, /socket 1 → ATTACH \{"channel":"invoices"/);
    assertEquals(log.includes("_service"), false);
    await saveScreenshot(page, "status");
    assertEquals(complaints, []);
    await browser.close();
  });
}
