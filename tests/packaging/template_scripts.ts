import { Rest } from "../../src/rest/rest.ts";
import { assertEquals } from "../assert.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { run, start } from "./process.ts";
import { type Address, type Checks, freePort, SECRET } from "./templates.ts";

const ADDRESS = /(https?:\/\/[\w.[\]]+:\d+)/;

/** The checks of the examples that Bun and Deno run with the packages of npm. */
export const scriptChecks: Checks = {
  "hono-token-endpoint on Bun, and bun-script": async ({ folder, address }) => {
    const env = { ABLY_API_KEY: address.key, DEMO_PASSWORD: SECRET, PORT: "0" };
    const cwd = `${folder}/hono-token-endpoint`;
    await using server = await start({ program: bunPath(), args: ["bun.ts"], cwd, env }, ADDRESS);
    const url = `${server.found[0]!.replace("localhost", "127.0.0.1")}/`;
    const session = await publishWithToken(url, address);
    const output = await run({
      program: bunPath(),
      args: ["main.ts", "From Bun"],
      cwd: `${folder}/bun-script`,
      env: {
        TOKEN_URL: `${url}token`,
        SESSION: session,
        ABLY_ENDPOINT: address.endpoint,
        ABLY_PORT: String(address.port),
      },
    });
    assertEquals(/"From Bun"/.test(output), true);
  },

  "hono-token-endpoint on Deno": async ({ folder, address }) => {
    const port = freePort();
    const env = { ABLY_API_KEY: address.key, DEMO_PASSWORD: SECRET };
    const variables = "--allow-env=ABLY_API_KEY,DEMO_PASSWORD,APP_ORIGIN";
    const args = ["serve", `--port=${port}`, "--host=127.0.0.1", variables, "deno.ts"];
    const cwd = `${folder}/hono-token-endpoint`;
    await using server = await start({ program: Deno.execPath(), args, cwd, env }, ADDRESS);
    await publishWithToken(`http://127.0.0.1:${port}/`, address);
    assertEquals(server.found.length, 1);
  },
};

/**
 * Signs in at a token endpoint, and publishes with a token from there.
 *
 * @returns The session.
 */
export async function publishWithToken(
  url: string,
  { key: _, ...service }: Address,
): Promise<string> {
  assertEquals((await (await fetch(`${url}token`)).json()).error, "Sign in first");
  const response = await fetch(`${url}session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "jim", password: SECRET }),
  });
  assertEquals(await response.json(), { user: "jim" });
  const session = /session=([^;]+)/.exec(response.headers.get("set-cookie")!)![1]!;
  const authHeaders = { cookie: `session=${session}` };
  const lobby = new Rest({ ...service, authUrl: `${url}token`, authHeaders }).channels.get("lobby");
  await lobby.publish("note", url);
  assertEquals((await lobby.history()).items[0]?.data, url);
  return session;
}
