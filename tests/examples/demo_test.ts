import { assert, assertEquals, assertStringIncludes, test } from "../harness.ts";

/** Runs the demo as its user does, with a key in the environment or none. */
async function runDemo(key: string): Promise<{ code: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["task", "demo"],
    env: { ABLY_API_KEY: key, NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

test("demo: a message goes each way, and the process ends by itself", async () => {
  const { code, out, err } = await runDemo("");
  assertEquals(code, 0, err);
  const steps = [...out.matchAll(/^(\d+)\. (.+) \(\d+\.\d ms\)\n {3}(.+)$/gm)];
  assertEquals(steps.map(([, number]) => number), ["1", "2", "3", "4", "5", "6", "7"]);
  const happened = new Map(steps.map(([, , title, text]) => [title, text]));
  assertStringIncludes(happened.get("The user gets a token request and connects")!, '"jim"');
  assertStringIncludes(happened.get("The user receives it")!, '{"text":"Welcome","at":');
  assertEquals(
    happened.get("The user reads the history"),
    "greeting from server, answer from jim",
  );
  assertEquals(happened.get("The user closes the connection"), "closed");
  assertStringIncludes(out, "Done: 7 steps in");
});

test("demo: with a key it turns to Ably, and says what is wrong with the key", async () => {
  const { code, err } = await runDemo("no-key");
  assert(code !== 0);
  assertStringIncludes(err, "error 40005");
  assertStringIncludes(err, "appId.keyId:secret");
});
