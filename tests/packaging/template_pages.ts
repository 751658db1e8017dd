import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { Rest } from "../../src/rest/rest.ts";
import { assert, assertEquals } from "../assert.ts";
import { findChromium, startChromium } from "../browser/support/chromium.ts";
import { saveScreenshot } from "../browser/support/screenshots.ts";
import { run, type Running, start } from "./process.ts";
import { type Checks, SECRET, type Templates } from "./templates.ts";

const ADDRESS = /(http:\/\/[\w.]+:\d+)/;
const PAGE_DEADLINE = 30_000;

/** The checks of the examples with a page, which are used in Chromium if there is one. */
export const pageChecks: Checks = {
  "vite-react: types and build": async (templates) => {
    await tool(templates, "vite-react", ["typescript/bin/tsc"]);
    await tool(templates, "vite-react", ["vite/bin/vite.js", "build"]);
  },

  "vite-react: page and tokens": async (templates) => {
    await using server = await serve(templates, "vite-react", ["server/main.ts"]);
    const [url] = server.found;
    const token = await fetch(`${url}/api/token`);
    assertEquals([token.status, await token.json()], [401, { error: "Sign in first" }]);
    return await twoUsers(`${url}/`, "vite-react", async ([ann, bob]) => {
      await ann.getByLabel("Here now").getByText("bob").waitFor();
      await talk(ann, bob);
      await bob.getByRole("button", { name: "Sign out" }).click();
      await ann.getByLabel("Here now").getByText("bob").waitFor({ state: "detached" });
    });
  },

  "nextjs: types and build": async (templates) => {
    await tool(templates, "nextjs", ["next/dist/bin/next", "build"]);
  },

  "nextjs: routes on Node and on the edge": async (templates) => {
    await using server = await serveNext(templates);
    const [url] = server.found;
    for (const route of ["smoke/node", "smoke/edge"]) {
      const { received } = await (await fetch(`${url}/${route}`)).json();
      assertEquals(received, "Hello");
    }
    for (const route of ["api/token", "api/edge/token"]) {
      const token = await fetch(`${url}/${route}`);
      assertEquals([token.status, await token.json()], [401, { error: "Sign in first" }]);
    }
  },

  "nextjs: page and tokens": async (templates) => {
    await using server = await serveNext(templates);
    const [url] = server.found;
    return await twoUsers(`${url}/`, "nextjs", async ([ann, bob]) => {
      const action = ann.waitForRequest((request) => "next-action" in request.headers());
      await talk(ann, bob);
      await replay(await action);
      const { items } = await new Rest(templates.address).channels.get("wall").history();
      assertEquals(items.map(({ clientId }) => clientId), ["bob", "ann"]);
      for (const route of ["api/token", "api/edge/token"]) {
        const token = await ann.request.get(`${url}/${route}`);
        const [, claims = ""] = (await token.text()).split(".");
        assertEquals(JSON.parse(atob(claims))["x-ably-clientId"], "ann");
      }
      await bob.reload();
      await bob.getByText("Good morning").waitFor();
      await bob.getByRole("button", { name: "Sign out" }).click();
      await bob.getByLabel("Password").waitFor();
    });
  },
};

/** Sends a call of a server action again, as a page of another site and as a visitor who is not signed in would. */
async function replay(action: Request): Promise<void> {
  const headers = new Headers(await action.allHeaders());
  for (const name of ["connection", "content-length", "host"]) headers.delete(name);
  const body = new Uint8Array(action.postDataBuffer()!);
  const send = () => fetch(action.url(), { method: "POST", headers, body });
  const origin = headers.get("origin")!;
  headers.set("origin", "https://evil.example");
  const foreign = await send();
  assertEquals(foreign.status, 500);
  await foreign.body?.cancel();
  headers.set("origin", origin);
  headers.delete("cookie");
  assert((await (await send()).text()).includes("Sign in first"));
}

/** Runs a program of the installation in the folder of a template. */
async function tool({ folder, node }: Templates, name: string, args: string[]): Promise<void> {
  const [script = "", ...rest] = args;
  await run({
    program: node,
    args: [`../../node_modules/${script}`, ...rest],
    cwd: `${folder}/${name}`,
    env: { NEXT_TELEMETRY_DISABLED: "1" },
  });
}

function serveNext(templates: Templates): Promise<Running> {
  const next = "../../node_modules/next/dist/bin/next";
  return serve(templates, "nextjs", [next, "start", "--hostname", "localhost", "--port", "0"]);
}

function serve(
  { folder, node, address }: Templates,
  name: string,
  args: string[],
): Promise<Running> {
  const env = {
    PORT: "0",
    NEXT_TELEMETRY_DISABLED: "1",
    SERVICE: JSON.stringify(address),
    ABLY_API_KEY: address.key,
    ABLY_ENDPOINT: address.endpoint,
    ABLY_PORT: String(address.port),
    DEMO_PASSWORD: SECRET,
    SESSION_SECRET: SECRET,
  };
  return start({ program: node, args, cwd: `${folder}/${name}`, env }, ADDRESS);
}

/** Signs two users in, each in a browser context of their own, and closes the browser afterwards. */
async function twoUsers(
  url: string,
  name: string,
  use: (pages: [Page, Page]) => Promise<void>,
): Promise<void | string> {
  const path = findChromium();
  if (path === undefined) return "there is no Chromium; CHROMIUM can say where one is";
  await using browser = await startChromium(path);
  const complaints: string[] = [];
  const ann = await signIn(browser, url, "ann", complaints);
  const bob = await signIn(browser, url, "bob", complaints);
  await use([ann, bob]);
  await saveScreenshot(ann, `template-${name}`);
  assertEquals(complaints, []);
}

async function signIn(
  browser: Browser,
  url: string,
  user: string,
  complaints: string[],
): Promise<Page> {
  const viewport = { width: 640, height: 480 };
  const colorScheme = user === "ann" ? "light" : "dark";
  const context: BrowserContext = await browser.newContext({ viewport, colorScheme });
  context.setDefaultTimeout(PAGE_DEADLINE);
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  const page = await context.newPage();
  await page.goto(url);
  const submit = async (name: string, password: string) => {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await submit(user, "wrong");
  await page.getByRole("alert").getByText("Wrong password").waitFor();
  await submit("*", SECRET);
  await page.getByRole("alert").getByText("A name has up to").waitFor();
  complaints.splice(0); // The browser reports the refusals too.
  await submit(user, SECRET);
  await page.getByText("connected").waitFor();
  return page;
}

/** Each of two users writes a note, and the other sees it. */
async function talk(ann: Page, bob: Page): Promise<void> {
  const notes = ["Good morning, is the build green?", "All green since this morning."];
  for (const [writer, reader, note] of [[ann, bob, notes[0]!], [bob, ann, notes[1]!]] as const) {
    await writer.getByLabel("Note").fill(note);
    await writer.getByRole("button", { name: "Send" }).click();
    await reader.getByText(note).waitFor();
  }
}
