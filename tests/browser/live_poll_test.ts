import { build, stop } from "esbuild";
import type { BrowserContext, Page, WebSocketRoute } from "playwright-core";
import worker, { invitation } from "../../examples/live-poll/worker.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assertEquals, skip, test } from "../harness.ts";
import { asNetwork } from "../support/as_network.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { saveScreenshot } from "./support/screenshots.ts";

const FOLDER = new URL("../../examples/live-poll/", import.meta.url);
const POLL_SECRET = "the-secret-of-this-test";

const path = findChromium();

/** The poll on a local service, and a browser whose sockets lead to it. */
async function setStage() {
  await using made = new AsyncDisposableStack();
  const service = made.use(createService());
  made.use(asNetwork(service));
  const page = await readPage();
  const env = { ABLY_API_KEY: service.key, POLL_SECRET };
  const answer = (request: Request) => {
    const file = page[new URL(request.url).pathname];
    return file ? new Response(...file) : worker.fetch(request, env);
  };
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = made.use(Deno.serve(options, answer));
  const browser = made.use(await startChromium(path!));
  const context = await browser.newContext({ viewport: { width: 480, height: 300 } });
  context.setDefaultTimeout(10_000);
  await context.routeWebSocket(/ably/, (route) => connect(route, service));
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  const kept = made.move();
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    service,
    context,
    complaints,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The files of the page, built as `wrangler.jsonc` does, by their paths. */
async function readPage(): Promise<Record<string, [body: string, init: ResponseInit]>> {
  const { outputFiles } = await build({
    entryPoints: [new URL("page/page.ts", FOLDER).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
  });
  await stop();
  const html = await Deno.readTextFile(new URL("public/index.html", FOLDER));
  return {
    "/": [html, { headers: { "Content-Type": "text/html" } }],
    "/page.js": [outputFiles[0]!.text, { headers: { "Content-Type": "text/javascript" } }],
  };
}

/** Connects a socket of a page to the service. */
function connect(route: WebSocketRoute, service: LocalService): void {
  const socket = new service.WebSocket(route.url());
  const waiting: (string | Uint8Array<ArrayBuffer>)[] = [];
  socket.onopen = () => {
    for (const data of waiting.splice(0)) socket.send(data);
  };
  socket.onmessage = ({ data }: { data: unknown }) => route.send(data as string);
  socket.onclose = ({ code }: { code: number }) => void route.close({ code });
  route.onMessage((data) => {
    const frame = typeof data === "string" ? data : new Uint8Array(data);
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    else waiting.push(frame);
  });
  route.onClose(() => socket.close());
}

async function open(
  { context, url }: { context: BrowserContext; url: string },
  voter: string,
): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(url + await invitation(voter, POLL_SECRET));
  await tab.getByRole("button", { name: "salad" }).waitFor();
  return tab;
}

/** Waits until a tab shows these votes for pizza, curry and salad. */
async function shows(tab: Page, ...votes: number[]): Promise<void> {
  const shown = "[...document.querySelectorAll('output')].map(({ value }) => value).join()";
  await tab.waitForFunction(`${shown} === "${votes}"`);
}

const vote = (tab: Page, option: string) => tab.getByRole("button", { name: option }).click();

const NAME = "examples, live-poll: two tabs vote, and both show each vote as it comes";
if (path === undefined) {
  skip(NAME, "there is no Chromium; CHROMIUM can say where one is");
} else {
  test(NAME, async () => {
    await using stage = await setStage();
    const ann = await open(stage, "ann");
    const bob = await open(stage, "bob");
    await vote(ann, "pizza");
    await shows(ann, 1, 0, 0);
    await shows(bob, 1, 0, 0);
    await vote(bob, "pizza");
    await shows(ann, 2, 0, 0);
    await shows(bob, 2, 0, 0);
    stage.service.faults.drop({ clientId: "bob" }); // A vote during an interruption arrives with the sync.
    await vote(ann, "salad");
    await shows(ann, 1, 0, 1);
    await shows(bob, 1, 0, 1);
    await saveScreenshot(bob, "live-poll");
    assertEquals(stage.complaints, []);
  });

  test("examples, live-poll: a tab without an invitation says why it shows nothing", async () => {
    await using stage = await setStage();
    const tab = await stage.context.newPage();
    await tab.goto(stage.url);
    await vote(tab, "pizza");
    await tab.getByRole("alert").getByText("You are not invited").waitFor();
  });
}
