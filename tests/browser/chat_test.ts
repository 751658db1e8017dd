import type { BrowserContext, Page } from "playwright-core";
import { createApp } from "../../examples/chat/app.ts";
import { readPageFiles } from "../../examples/chat/page_files.ts";
import { createService, type LocalService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, skip, test } from "../harness.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const path = findChromium();

/** A chat with its service, and a browser with what went wrong in its pages. */
interface Stage extends AsyncDisposable {
  url: string;
  service: LocalService;
  context: BrowserContext;
  /** The errors that pages printed or threw. */
  complaints: string[];
}

async function setStage(): Promise<Stage> {
  await using made = new AsyncDisposableStack();
  const service = made.use(createService());
  const served = made.use(await serve(service));
  const { key, ...address } = served.options();
  const app = createApp({ key, service: address, files: await readPageFiles() });
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = made.use(Deno.serve(options, app.fetch));
  const browser = made.use(await startChromium(path!));
  const context = await browser.newContext({ viewport: { width: 1000, height: 640 } });
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const kept = made.move();
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    service,
    context,
    complaints,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens a tab and signs in, with the keyboard alone. */
async function enter({ context }: Stage, url: string, name: string): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.getByRole("textbox", { name: "Your name" }).fill(name);
  await tab.keyboard.press("Enter");
  await tab.getByText(`${name} (you)`).waitFor();
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.keyboard.press("Enter");
}

function linesOf(tab: Page): Promise<string[]> {
  return tab.getByRole("log", { name: "Messages" }).locator("li p").allTextContents();
}

function membersOf(tab: Page): Promise<string[]> {
  return tab.locator("#members li span:last-child").allTextContents();
}

/** All that clients sent, as text. */
function sent({ service }: Stage): string {
  return JSON.stringify(service.log.frames({ direction: "in" }));
}

const cases: Record<string, (stage: Stage) => Promise<void>> = {
  "two tabs talk, and see each other come, type and go": async (stage) => {
    const ada = await enter(stage, stage.url, "Ada");
    assertMatch(ada.url(), /#room=lobby&key=[\w-]{43}$/);
    const grace = await enter(stage, ada.url(), "Grace");
    await ada.getByText("Grace", { exact: true }).waitFor();
    assertEquals(await membersOf(ada), ["Ada (you)", "Grace"]);
    assertEquals(await membersOf(grace), ["Ada", "Grace (you)"]);

    await say(ada, "Have you seen the new engine?");
    await grace.getByText("Have you seen the new engine?").waitFor();
    await say(grace, "Yes. It weaves algebraic patterns.");
    await ada.getByText("It weaves").waitFor();
    await ada.getByRole("textbox", { name: "Message" }).pressSequentially("Just as");
    await grace.getByText("Ada is typing …").waitFor();
    await saveScreenshot(grace, "chat");
    await say(ada, "Just as the loom weaves flowers.");
    await grace.getByText("Just as the loom weaves flowers.").waitFor();
    await grace.getByText("Ada is typing …").waitFor({ state: "detached" });

    await grace.close();
    await ada.getByText("Grace", { exact: true }).and(ada.locator("#members *")).waitFor({
      state: "detached",
    });
    assertEquals(await membersOf(ada), ["Ada (you)"]);
    assertEquals(stage.complaints, []);
  },

  "a tab that is loaded again shows what was said": async (stage) => {
    const ada = await enter(stage, stage.url, "Ada");
    const texts = ["one", "two", "three"];
    for (const text of texts) await say(ada, text);
    await ada.locator("#messages li:not(.pending)").nth(2).waitFor();
    await ada.reload(); // Still signed in.
    await ada.getByText("three").waitFor();
    assertEquals(await linesOf(ada), texts);
    assertEquals(stage.complaints, []);
  },

  "what is said while the connection is away arrives once it is back": async (stage) => {
    const ada = await enter(stage, stage.url, "Ada");
    const grace = await enter(stage, ada.url(), "Grace");
    const fault = stage.service.faults.connect({}, { refuse: true });
    stage.service.faults.drop({ clientId: "Ada" });
    await ada.locator('#connection:not([data-state="connected"])').waitFor();
    await say(ada, "Are you there?");
    await ada.locator("#messages .pending").waitFor();
    assertEquals(await linesOf(grace), []);
    fault.remove();
    // A browser reports that the network is back, so the client does not wait for the next try.
    await ada.evaluate('dispatchEvent(new Event("online"))');
    await grace.getByText("Are you there?").waitFor();
    assertEquals(await ada.locator("#messages .pending").count(), 0);
  },

  "nobody reads along: not the service, not who has another key": async (stage) => {
    const ada = await enter(stage, stage.url, "Ada");
    await say(ada, "the secret of the room");
    await ada.locator("#messages li:not(.pending)").waitFor();
    assert(!sent(stage).includes("the secret"));
    assertMatch(sent(stage), /"encoding":"utf-8\/cipher\+aes-256-cbc/);
    const key = "A".repeat(43);
    const eve = await enter(stage, `${stage.url}#room=lobby&key=${key}`, "Eve");
    await eve.getByText("Not readable with your key").waitFor();
    assertEquals(await linesOf(eve), ["Not readable with your key"]);
    const address = stage.service.log.requests().map(({ url }) => url.href).join();
    assert(!address.includes(new URL(ada.url()).hash.slice(-43)));
  },

  "text that looks like HTML stays text, and a bad name is refused": async (stage) => {
    const tab = await stage.context.newPage();
    await tab.goto(stage.url);
    await tab.getByRole("textbox", { name: "Your name" }).fill("   *");
    await tab.keyboard.press("Enter");
    assertMatch(await tab.getByRole("alert").first().innerText(), /1 to 32 visible characters/);
    await saveScreenshot(tab, "entrance");
    stage.complaints.length = 0; // Chromium reports the status 400.
    const ada = await enter(stage, stage.url, "<b>Ada</b>");
    await say(ada, "<img src=x onerror=alert(1)>");
    await ada.locator("#messages li:not(.pending)").waitFor();
    assertEquals(await linesOf(ada), ["<img src=x onerror=alert(1)>"]);
    assertEquals(stage.complaints, []);
  },
};

for (const [name, run] of Object.entries(cases)) {
  if (path === undefined) {
    skip(`examples, chat: ${name}`, "there is no Chromium; CHROMIUM can say where one is");
  } else {
    test(`examples, chat: ${name}`, async () => {
      await using stage = await setStage();
      await run(stage);
    });
  }
}
