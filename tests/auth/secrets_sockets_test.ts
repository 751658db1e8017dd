import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";

/** All that the runtime shows of a value, hidden members included. */
function inspected(value: unknown): string {
  const { Deno: deno, Bun: bun } = globalThis as unknown as Record<
    string,
    { inspect(value: unknown, how: object): string } | undefined
  >;
  return (deno ?? bun)!.inspect(value, { depth: 20, showHidden: true });
}

for (const authMethod of ["GET", "POST"] as const) {
  test(`RSA: when the network fails, the error shows no parameter of the authUrl (${authMethod})`, async () => {
    const client = new Rest({
      authUrl: "http://127.0.0.1:2/token?own=s3cret |",
      authMethod,
      authParams: { session: "s3cret" },
      logLevel: "none",
    });
    const error = await assertRejects(() => client.auth.requestToken(), ErrorInfo);
    assertEquals(error.code, 40170);
    assert(error.cause instanceof Error);
    assert(!inspected(error).includes("s3cret"), inspected(error));
  });
}
