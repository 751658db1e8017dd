import { Realtime } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, test } from "../harness.ts";

const FILE = new URL("../../README.md", import.meta.url);
const KEY = "appId.keyId:secret";
/** The host of the app that the snippets speak of. */
const APP_HOST = "app.example.com";

interface Handler {
  fetch(request: Request, env: unknown, context: unknown): Response | Promise<Response>;
}

interface Snippet {
  line: number;
  code: string;
  /** What it says that it prints: the comments behind `console.log()`. */
  printed: string[];
}

// The app that an earlier snippet exports is the one that later snippets ask for tokens.
let app: Handler | undefined;

for (const snippet of snippets(Deno.readTextFileSync(FILE))) {
  test(`README: the snippet in line ${snippet.line} does what it says`, () => run(snippet));
}

test("README: the versions are those that are tested", () => {
  const readme = Deno.readTextFileSync(FILE);
  const { devDependencies } = JSON.parse(
    Deno.readTextFileSync(new URL("../../package.json", import.meta.url)),
  );
  for (const name of ["ably", "bun", "workerd"]) {
    assert(readme.includes(devDependencies[name]), `${name} ${devDependencies[name]}`);
  }
  const [, pinned] = readme.match(/npx --yes deno@(\S+) task demo/)!;
  assertEquals([...readme.matchAll(/deno@(\S+) task/g)].map(([, it]) => it), [pinned, pinned]);
  assertMatch(Deno.readTextFileSync(new URL("../../.ci/run", import.meta.url)), RegExp(pinned!));
});

function snippets(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: code = "", index }) => ({
    line: markdown.slice(0, index).split("\n").length,
    code,
    printed: [...code.matchAll(/console\.log\(.*\/\/ (.+)$/gm)].map(([, text = ""]) => text),
  }));
}

/** Runs a snippet as it stands: in place of the network there is the local service. */
async function run({ code, printed }: Snippet): Promise<void> {
  await using service = createService({ key: KEY });
  const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket, log: console.log };
  const lines: string[] = [];
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).hostname !== APP_HOST) return service.fetch(request);
    return Promise.resolve(app!.fetch(request, {}, {}));
  };
  globalThis.WebSocket = service.WebSocket as unknown as typeof WebSocket;
  console.log = (...items) => {
    lines.push(items.map(shown).join(" "));
  };
  try {
    const module = await import(`data:application/typescript,${encodeURIComponent(code)}`);
    if (module.default) await serveOnce(app = module.default);
    // Listeners of clients that the snippet has closed have had their turn.
    await using settled = new Realtime({ ...service.options() });
    await settled.connection.ping();
  } finally {
    globalThis.fetch = before.fetch;
    globalThis.WebSocket = before.WebSocket;
    console.log = before.log;
  }
  for (const text of printed) {
    assert(lines.includes(text), `"${text}" is not in:\n${lines.join("\n")}`);
  }
}

/** Lets what a snippet exports by default answer a request, and do what it does after the answer. */
async function serveOnce(handler: Handler): Promise<void> {
  const late: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void late.push(promise) };
  const request = new Request(`https://${APP_HOST}/token`);
  const response = await handler.fetch(request, { ABLY_API_KEY: KEY }, context);
  await response.body?.cancel();
  await Promise.all(late);
}

function shown(item: unknown): string {
  return typeof item === "string" ? item : Deno.inspect(item);
}
