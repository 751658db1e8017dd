import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { Rest } from "../../src/rest/rest.ts";
import { assert, assertEquals } from "../assert.ts";
import { MESSAGE_ITEM, signed } from "../webhooks/support/deliveries.ts";
import { run, type Running, start } from "./process.ts";
import { publishWithToken } from "./template_scripts.ts";
import { type Checks, examplesWith, SECRET, type Templates } from "./templates.ts";

type WorkerCheck = (url: string, templates: Templates) => Promise<void>;

const BEARER = { authorization: `Bearer ${SECRET}` };
const SECRETS = [
  "ADMIN_TOKEN",
  "DEMO_PASSWORD",
  "ORDER_TOKEN",
  "POLL_SECRET",
  "READ_TOKEN",
  "SESSION_SECRET",
];

/** The checks of the Workers by the name of the example. Each begins with a request that must be refused. */
const WORKERS: Readonly<Record<string, WorkerCheck>> = {
  "durable-object": async (url, { address }) => {
    assertEquals((await post(`${url}follow`, {})).status, 401);
    assertEquals((await post(`${url}follow`, BEARER)).status, 204);
    await new Rest(address).channels.get("votes").publish("vote", "tea");
    while (await textAt(url) !== '{"tea":1}');
    assertEquals((await post(`${url}stop`, BEARER)).status, 204);
  },

  "hono-token-endpoint": async (url, { address }) => void await publishWithToken(url, address),

  "live-poll": async (url, templates) => {
    assertEquals((await post(`${url}vote?voter=ann&option=curry`, {})).status, 401);
    const invitation = await signInvitation(templates);
    assert((await textAt(url + invitation)).includes("What is for lunch?"));
    assert((await textAt(`${url}page.js`)).length > 10_000);
    assertEquals((await post(`${url}vote${invitation}&option=curry`, {})).status, 204);
    const { key: _, ...service } = templates.address;
    const token = await textAt(`${url}token${invitation}`);
    const rest = new Rest({ ...service, token, plugins: { LiveObjects } });
    assertEquals(await rest.channels.get("poll:lunch").object.get(), { ann: "curry" });
  },

  "sse-llm": async (url) => {
    assert((await textAt(url)).includes("<h1>Answers</h1>"));
    assertEquals(await textAt(`${url}answers`), "Sign in first");
    const origin = new URL(url).origin;
    const signedIn = await post(`${url}session`, { origin }, SECRET);
    const headers = { origin, cookie: signedIn.headers.get("set-cookie")!.split(";")[0]! };
    const answers = await fetch(`${url}answers`, { headers });
    assertEquals((await post(`${url}questions`, headers, "Why is the sky blue?")).status, 202);
    let text = "";
    for await (const part of answers.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes('"status":"complete"')) break;
    }
    assert(text.includes("Why is the sky blue?"));
  },

  "webhook-receiver": async (url, { address }) => {
    assertEquals((await post(`${url}webhook`, {}, "{}")).status, 401);
    const delivery = await signed({ items: [MESSAGE_ITEM] }, address.key);
    const headers = Object.fromEntries(delivery.headers);
    assertEquals((await post(`${url}webhook`, headers, await delivery.text())).status, 204);
    const latest = await fetch(`${url}latest/my-channel-4`, { headers: BEARER });
    assertEquals((await latest.json()).data, "the message data");
  },

  "worker-publish": async (url, { address }) => {
    assertEquals((await post(url, {}, "tea")).status, 401);
    const order = await (await post(url, BEARER, "tea")).json();
    const orders = new Rest(address).channels.get("orders");
    let found: unknown;
    while (found === undefined) found = (await orders.history()).items[0]?.data;
    assertEquals(found, order);
  },
};

/** The checks of all Workers. */
export const workerChecks: Checks = {
  "each Worker of the examples has a check": async () => {
    assertEquals(Object.keys(WORKERS), examplesWith("wrangler.jsonc"));
  },
  ...Object.fromEntries(
    Object.entries(WORKERS).map(([name, check]) => [name, async (templates) => {
      await using worker = await startWorker(name, templates);
      await check(worker.found[0]!, templates);
    }]),
  ),
};

/** Starts a Worker as `wrangler dev` does. */
function startWorker(name: string, { folder, node, address }: Templates): Promise<Running> {
  const { key, endpoint, port } = address;
  const variables = {
    ABLY_API_KEY: key,
    ...Object.fromEntries(SECRETS.map((name) => [name, SECRET])),
  };
  return start({
    program: node,
    args: ["../worker.mjs", `http://${endpoint}:${port}`, JSON.stringify(variables)],
    cwd: `${folder}/${name}`,
    env: { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  }, /^Ready on (\S+)$/);
}

/** Signs an invitation with the command that the README gives. */
async function signInvitation({ folder }: Templates): Promise<string> {
  const readme = await Deno.readTextFile(`${folder}/live-poll/README.md`);
  const command = /`(echo "\?voter=ann&proof=.*)`\. Append/s.exec(readme)![1]!;
  const env = { POLL_SECRET: SECRET };
  return (await run({ program: "sh", args: ["-c", command], cwd: folder, env })).trim();
}

function post(url: string, headers: Record<string, string>, body?: string): Promise<Response> {
  return fetch(url, { method: "POST", headers, body });
}

async function textAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}
