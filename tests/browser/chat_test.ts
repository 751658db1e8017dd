import type { BrowserContext, Page } from "playwright-core";
import { createApp } from "../../examples/chat/app.ts";
import { linkTo, makeInvitation } from "../../examples/chat/page/invitation.ts";
import { readPageFiles } from "../../examples/chat/page_files.ts";
import { createService, type LocalService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, skip, test } from "../harness.ts";
import { lines } from "../runtimes/lines.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const path = findChromium();

/** A chat with its service, and a browser with what went wrong in its pages. */
interface Stage extends AsyncDisposable {
  /** The invitation to a room. */
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
    url: linkTo(`http://127.0.0.1:${server.addr.port}/`, await makeInvitation("lobby")),
    service,
    context,
    complaints,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens a tab and signs in, with the keyboard alone. */
async function enter(
  { context }: Pick<Stage, "context">,
  url: string,
  name: string,
): Promise<Page> {
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
    const grace = await enter(stage, stage.url, "Grace");
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

  "without an invitation, the page makes a room or opens one that is pasted": async (stage) => {
    const page = new URL("/", stage.url).href;
    const ada = await stage.context.newPage();
    await ada.goto(page);
    await ada.getByRole("textbox", { name: "Paste the link" }).fill("http://example.com/");
    await ada.keyboard.press("Enter");
    assertMatch(await ada.getByRole("alert").first().innerText(), /not the link of a room/);
    await saveScreenshot(ada, "door");
    await ada.getByRole("textbox", { name: "name a new room" }).fill("engines");
    await ada.getByRole("button", { name: "Make the room" }).click();
    await ada.getByRole("textbox", { name: "Your name" }).fill("Ada");
    await ada.keyboard.press("Enter");
    await ada.getByText("Ada (you)").waitFor();
    assertMatch(ada.url(), /#room=engines&key=[\w-]{43}$/);
    await say(ada, "Who is there?");

    const grace = await stage.context.newPage();
    await grace.goto(page);
    await grace.getByRole("textbox", { name: "Paste the link" }).fill(` ${ada.url()} `);
    await grace.getByRole("button", { name: "Open the room" }).click();
    await grace.getByRole("textbox", { name: "Your name" }).fill("Grace");
    await grace.keyboard.press("Enter");
    await grace.getByText("Who is there?").waitFor();
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
    const eve = await enter(stage, linkTo(stage.url, { room: "lobby", key }), "Eve");
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

if (path !== undefined) {
  test("examples, chat: two tabs that open the printed link talk", async () => {
    await using made = new AsyncDisposableStack();
    const { port } = freePort();
    const process = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "chat"],
      env: { PORT: String(port), ABLY_API_KEY: "" },
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    made.defer(async () => {
      process.kill();
      await process.status;
    });
    let url: string | undefined;
    for await (const line of lines(process.stdout)) {
      url = /http:\S+/.exec(line)?.[0];
      if (url) break;
    }
    const browser = made.use(await startChromium(path));
    const stage = { context: await browser.newContext() };
    const ada = await enter(stage, url!, "Ada");
    const grace = await enter(stage, url!, "Grace");
    await say(ada, "Can you read this?");
    await grace.getByText("Can you read this?").waitFor();
  });
}

function freePort(): { port: number } {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { port: listener.addr.port };
}
