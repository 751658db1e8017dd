import type { BrowserContext, Page } from "playwright-core";
import { createApp } from "../../examples/sse-llm/app.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, skip, test } from "../harness.ts";
import { asNetwork } from "../support/as_network.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const FOLDER = new URL("../../examples/sse-llm/public/", import.meta.url);
const PASSWORD = "the-password-of-this-test";
const TYPES: Record<string, string> = {
  "/index.html": "text/html",
  "/page.js": "text/javascript",
  "/style.css": "text/css",
};

const path = findChromium();

/** A model whose words come when the test says so. */
class Model {
  #say: (word: string | undefined) => void = () => {};
  #words = new ReadableStream<string>({
    start: (controller) => {
      this.#say = (word) => word === undefined ? controller.close() : controller.enqueue(word);
    },
  });

  say(...words: string[]): void {
    for (const word of words) this.#say(word);
  }

  end(): void {
    this.#say(undefined);
  }

  answer(): AsyncIterable<string> {
    return this.#words;
  }
}

async function setStage() {
  await using made = new AsyncDisposableStack();
  const service = made.use(createService());
  made.use(asNetwork(service));
  const model = new Model();
  const app = createApp(() => model.answer());
  const env = {
    ABLY_API_KEY: service.key,
    DEMO_PASSWORD: PASSWORD,
    SESSION_SECRET: "a-secret-of-this-test",
  };
  const work: Promise<unknown>[] = [];
  const context = {
    waitUntil: (promise: Promise<unknown>) => void work.push(promise),
    passThroughOnException() {},
    props: {},
  };
  const resumed: string[] = [];
  let cut = new AbortController();
  const serveApp = async (request: Request) => {
    const response = await app.fetch(request, env, context);
    if (!request.url.endsWith("/answers") || !response.ok) return response;
    const lastEvent = request.headers.get("last-event-id");
    if (lastEvent !== null) resumed.push(lastEvent);
    const body = response.body!.pipeThrough(new TransformStream(), { signal: cut.signal });
    return new Response(body, response);
  };
  const answer = async (request: Request) => {
    const { pathname } = new URL(request.url);
    const file = pathname === "/" ? "/index.html" : pathname;
    const type = TYPES[file];
    if (type === undefined) return await serveApp(request);
    const body = await Deno.readTextFile(new URL(`.${file}`, FOLDER));
    return new Response(body, { headers: { "Content-Type": type } });
  };
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = made.use(Deno.serve(options, answer));
  made.defer(() => void Promise.all(work));
  const browser = made.use(await startChromium(path!));
  const tabs = await browser.newContext({ viewport: { width: 560, height: 420 } });
  tabs.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  tabs.on("weberror", (error) => complaints.push(String(error.error())));
  const kept = made.move();
  return {
    url: `http://localhost:${server.addr.port}/`,
    service,
    model,
    tabs,
    complaints,
    /** The ids with which pages have connected again. */
    resumed,
    /** Breaks the connections of all pages. */
    breakPages() {
      cut.abort(new Error("The connections of the pages are broken by the test"));
      cut = new AbortController();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openTab(tabs: BrowserContext, url: string): Promise<Page> {
  const tab = await tabs.newPage();
  await tab.goto(url);
  return tab;
}

/** Waits until a tab shows this answer. */
async function shows(tab: Page, text: string, status: string): Promise<void> {
  await tab.locator(`article[data-status=${status}]`, { hasText: exactly(text) }).waitFor();
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.?]/g, "\\$&")}$`);
}

const NAME =
  "examples, sse-llm: two tabs of a browser show an answer as it grows, also after a reload and a break";

if (path === undefined) {
  skip(NAME, "there is no Chromium; CHROMIUM can say where one is");
} else {
  test(NAME, async () => {
    await using stage = await setStage();
    const { tabs, url, model, service } = stage;
    const one = await openTab(tabs, url);
    await one.getByLabel("Password").fill(PASSWORD);
    await one.getByRole("button", { name: "Sign in" }).click();
    await one.getByText("Connected").waitFor();
    const two = await openTab(tabs, url);
    await two.getByText("Connected").waitFor();
    await one.getByLabel("Question").fill("Why is the sky blue?");
    await one.getByRole("button", { name: "Ask" }).click();
    model.say("Sunlight ", "has ");
    for (const tab of [one, two]) await shows(tab, "Sunlight has ", "growing");
    await two.reload();
    await shows(two, "Sunlight has ", "growing");
    model.say("many ", "colours, ");
    for (const tab of [one, two]) await shows(tab, "Sunlight has many colours, ", "growing");
    await saveScreenshot(two, "sse-llm-growing");
    // Break the streams of the Worker to Ably, which the pages do not notice.
    service.faults.drop({ channel: "mutable:answers" });
    model.say("and the air scatters the blue one most.");
    const whole = "Sunlight has many colours, and the air scatters the blue one most.";
    for (const tab of [one, two]) await shows(tab, whole, "growing");
    // Break the connections of the pages: their EventSources connect again.
    stage.breakPages();
    model.end();
    for (const tab of [one, two]) await shows(tab, whole, "complete");
    assertEquals(stage.resumed.length, 2);
    assertEquals(await one.locator("article").count(), 1);
    assertEquals(await two.locator("article").count(), 1);
    await saveScreenshot(one, "sse-llm-complete");
    assertEquals(stage.complaints, []);
  });
}
