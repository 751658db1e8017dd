import { existsSync } from "node:fs";
import { bunPath } from "../runtimes/binaries.ts";
import { assertEquals, test } from "../harness.ts";
import { createService, serve } from "../../src/testing/mod.ts";

const PASSWORD = "a password of the test";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

/** A server in a process of its own, until the scope ends. */
interface Running extends AsyncDisposable {
  url: string;
}

async function start(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<Running> {
  const process = new Deno.Command(command, {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Each of them prints its address; which stream it uses is its own affair.
  const found = [process.stdout, process.stderr].map((stream) => addressIn(stream));
  return {
    url: await Promise.any(found),
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await Promise.allSettled(found);
    },
  };
}

/** Finds an address, and reads on until the end so that the process is never held up. */
function addressIn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  (async () => {
    let text = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const port = /https?:\/\/[\w.[\]]+:(\d+)/.exec(text)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    }
    reject(new Error(`No address in: ${text}`));
  })();
  return promise;
}

async function sessionAt(url: string): Promise<string> {
  const body = JSON.stringify({ user: "jim", password: PASSWORD });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/session`, { method: "POST", body, headers });
  assertEquals(await response.json(), { user: "jim" });
  return /session=([^;]+)/.exec(response.headers.get("set-cookie")!)![1]!;
}

async function freePort(): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return String(port);
}

const entries: Record<string, (port: string) => [string, string[]]> = {
  "deno.ts on Deno": (port) => [
    Deno.execPath(),
    [
      ...["serve", "--no-prompt", `--port=${port}`, "--host=127.0.0.1"],
      ...[
        "--allow-env=ABLY_API_KEY,DEMO_PASSWORD,APP_ORIGIN",
        `${EXAMPLES}hono-token-endpoint/deno.ts`,
      ],
    ],
  ],
  "bun.ts on Bun": () => [bunPath(), [`${EXAMPLES}hono-token-endpoint/bun.ts`]],
};

for (const [name, command] of Object.entries(entries)) {
  test(`examples, hono-token-endpoint: ${name} serves tokens, and the Bun script publishes with one`, async () => {
    const service = createService();
    await using served = await serve(service);
    const { key, endpoint, port } = served.options();
    const own = await freePort();
    {
      await using server = await start(...command(own), {
        ABLY_API_KEY: key,
        DEMO_PASSWORD: PASSWORD,
        PORT: own,
      });
      const session = await sessionAt(server.url);
      const { code, stdout, stderr } = await new Deno.Command(bunPath(), {
        args: [`${EXAMPLES}bun-script/main.ts`, "From Bun"],
        env: {
          TOKEN_URL: `${server.url}/token`,
          SESSION: session,
          ABLY_ENDPOINT: endpoint,
          ABLY_PORT: String(port),
          NO_COLOR: "1",
        },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      assertEquals([code, decoder.decode(stderr)], [0, ""]);
      assertEquals(decoder.decode(stdout).trim(), '[ "From Bun" ]');
    }
    await service.close();
  });
}

for (const { name } of Deno.readDirSync(EXAMPLES)) {
  const folder = `${EXAMPLES}${name}/`;
  if (!existsSync(`${folder}wrangler.jsonc`)) continue;
  test(`examples, ${name}: the Worker's configuration names what is there, and no secret`, async () => {
    const text = await Deno.readTextFile(`${folder}wrangler.jsonc`);
    const config = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ""));
    assertEquals(/^\d{4}-\d{2}-\d{2}$/.test(config.compatibility_date), true);
    const module = await import(folder + config.main);
    assertEquals(typeof module.default.fetch, "function");
    for (const { class_name } of config.durable_objects?.bindings ?? []) {
      assertEquals(typeof module[class_name], "function");
      assertEquals(config.migrations[0].new_sqlite_classes.includes(class_name), true);
    }
    assertEquals(Object.keys(config.vars ?? {}).filter((name) => /KEY|SECRET/.test(name)), []);
  });
}

test("examples, llm-streaming: the program shows an answer that grows, and needs no permission", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `${EXAMPLES}llm-streaming/main.ts`, "Why?"],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stderr)], [0, ""]);
  const lines = decoder.decode(stdout).trim().split("\n");
  assertEquals(lines.at(-1), "You asked: Why? Nobody knows, but here are some words about it.");
  assertEquals(lines.length > 10, true);
});

test("examples, llm-streaming: an answer does not command the terminal", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `${EXAMPLES}llm-streaming/main.ts`, "\u001b[2J\u009b1mWhy?\u202e"],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const commands = ["\u001b", "\u009b", "\u202e"].filter((one) => text.includes(one));
  assertEquals([commands, text.includes("[2J\ufffd1mWhy?")], [[], true]);
});
