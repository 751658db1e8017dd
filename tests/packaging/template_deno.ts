import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { assert, assertEquals } from "../assert.ts";
import { run, start } from "./process.ts";
import { type Checks, examplesWith, freePort } from "./templates.ts";

/** The checks of the examples for Deno, which get the library from the clone and other packages from npm. */
export const denoChecks: Checks = {
  "each example for Deno has a check": async () => {
    assertEquals(examplesWith("deno.json"), ["chat", "demo", "llm-streaming", "supabase-function"]);
  },

  "demo": async ({ folder }) => {
    const output = await run({ ...deno(["task", "start"]), cwd: `${folder}/demo` });
    assert(output.includes("Done: 7 steps"));
  },

  "llm-streaming": async ({ folder }) => {
    const cwd = `${folder}/llm-streaming`;
    const output = await run({ ...deno(["task", "start", "Why is the sky blue?"]), cwd });
    assert(/Why is the sky blue\? .* about it\.\n$/.test(output));
  },

  "chat": async ({ folder }) => {
    const env = { PORT: String(freePort()) };
    const cwd = `${folder}/chat`;
    await using server = await start({ ...deno(["task", "start"]), cwd, env }, /Open (\S+)/);
    const [url] = server.found;
    const page = await (await fetch(url!)).text();
    assert(page.includes("chat.js"));
    assert((await (await fetch(`${url}chat.js`)).text()).length > 10_000);
    const body = JSON.stringify({ name: "jim" });
    const { session } = await (await fetch(`${url}session`, { method: "POST", body })).json();
    const token = await fetch(`${url}token`, { headers: { "x-session": session } });
    assertEquals([token.status, (await token.text()).split(".").length], [200, 3]);
  },

  "supabase-function": async ({ folder }) => {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const keys = [{ ...await exportJWK(publicKey), kid: "k", alg: "ES256" }];
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    await using supabase = Deno.serve(options, () => Response.json({ keys }));
    const site = `http://127.0.0.1:${supabase.addr.port}`;
    const port = freePort();
    const env = {
      SUPABASE_URL: site,
      ABLY_API_KEY: "app.key:secret",
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    };
    const cwd = `${folder}/supabase-function`;
    await using _server = await start({ ...deno(["task", "start"]), cwd, env }, /(Listening)/);
    const ask = async (authorization: string) =>
      await (await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization } })).json();
    assertEquals(await ask("Bearer x.y.z"), { error: "Sign in first" });
    const jwt = await new SignJWT({ role: "authenticated" })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer(`${site}/auth/v1`).setAudience("authenticated").setSubject("jim")
      .setExpirationTime("1h").sign(privateKey);
    assertEquals((await ask(`Bearer ${jwt}`)).clientId, "jim");
  },
};

function deno(args: string[]): { program: string; args: string[] } {
  return { program: Deno.execPath(), args };
}
