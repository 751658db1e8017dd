import { createService, serve } from "../../src/testing/mod.ts";
import { assertEquals, assertMatch, test } from "../harness.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";

const MAIN = `${ROOT}/src/testing/serve/main.ts`;
const RUNTIMES = {
  deno: [Deno.execPath(), "run", "--allow-all", "--no-check", MAIN],
  bun: [bunPath(), MAIN],
};

/** Runs the program that serves, and returns the lines of its output once it has failed. */
async function failure([program, ...args]: string[], options: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, ...options],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals([code, stdout.length], [1, 0]);
  return new TextDecoder().decode(stderr).trim().split("\n");
}

for (const [name, command] of Object.entries(RUNTIMES)) {
  test(`serve: the program says which port is taken, and what to do (${name})`, async () => {
    await using service = createService();
    await using served = await serve(service);
    const [message, remedy, ...more] = await failure(command, ["--port", `${served.port}`]);
    assertMatch(message!, new RegExp(`localhost, port ${served.port}: the port is taken`));
    assertMatch(remedy!, /--port.*\b0\b/);
    assertEquals(more, []);
  });

  test(`serve: the program shows the form of a key, and not the key (${name})`, async () => {
    const [message, remedy, ...more] = await failure(command, ["--port=0", "--key", "abc.efg"]);
    assertMatch(message!, /key .* malformed/);
    assertMatch(remedy!, /appId\.keyId:secret.*--key/);
    assertEquals([more, `${message}${remedy}`.includes("efg")], [[], false]);
  });

  test(`serve: the program names the option whose file it cannot read (${name})`, async () => {
    const tls = ["--tls-cert", "/no/such.crt", "--tls-key", "/no/such.key"];
    const [message] = await failure(command, ["--port=0", ...tls]);
    assertMatch(message!, /"\/no\/such\.crt" of --tls-cert/);
  });

  test(`serve: the program says that an address is not of this machine (${name})`, async () => {
    const [message, remedy] = await failure(command, ["--port=0", "--host", "192.0.2.1"]);
    assertMatch(message!, /192\.0\.2\.1, port 0: this machine does not have the address/);
    assertMatch(remedy!, /--host/);
  });
}
