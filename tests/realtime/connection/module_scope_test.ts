import { ErrorInfo, Realtime } from "../../../mod.ts";
import { assert, assertEquals, assertInstanceOf, runtime, test } from "../../harness.ts";
import { KEY } from "../../support/fake_service.ts";

/** The effect of a call during module evaluation: on Workers, outside of any request. */
function attempt(call: () => unknown): { error: unknown } | { value: unknown } {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

const isWorkerd = runtime === "workerd";
const connecting = isWorkerd ? attempt(() => new Realtime({ key: KEY })) : undefined;
const idle = isWorkerd ? attempt(() => new Realtime({ key: KEY, autoConnect: false })) : undefined;
const connected = idle && "value" in idle
  ? attempt(() => (idle.value as Realtime).connect())
  : undefined;

function check(outcome: ReturnType<typeof attempt>): void {
  assert("error" in outcome, "no error");
  const { error } = outcome;
  assertInstanceOf(error, ErrorInfo);
  assertEquals([error.code, error.statusCode], [40000, 400]);
  assert(error.message.includes("refused"), error.message);
  assert(error.remediation.includes("Cloudflare Workers"), error.remediation);
}

if (isWorkerd) {
  test("RTN3, F13: a client made at module scope on Workers says so instead of hanging", () => {
    check(connecting!);
  });

  test("RTN3, F13: made without autoConnect it says so on connect(), and stays as it is", () => {
    assert("value" in idle!, String((idle as { error?: unknown }).error));
    check(connected!);
    assertEquals((idle.value as Realtime).connection.state, "initialized");
  });
}

test("RTN3, F13: importing the client and making one without connecting starts nothing", async () => {
  const client = new Realtime({ key: KEY, autoConnect: false });
  assertEquals(client.connection.state, "initialized");
  await client.close();
});
