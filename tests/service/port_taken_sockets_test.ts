import { ErrorInfo } from "../../mod.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { serveNode } from "../../src/testing/serve/node.ts";
import { listen } from "../../src/testing/serve/serve.ts";
import { plainTarget } from "../../src/testing/serve/target.ts";
import { assertEquals, assertMatch, assertRejects, test } from "../harness.ts";

test("serve: a port that is taken is named, and the way to a free one", async () => {
  await using service = createService();
  await using served = await serve(service, { hostname: "127.0.0.1" });
  const { port } = served;
  const errors = [
    await assertRejects(() => serve(service, { hostname: "127.0.0.1", port }), ErrorInfo),
    await assertRejects(() => serveNode(service, { hostname: "127.0.0.1", port }), ErrorInfo),
    await assertRejects(
      () => listen(plainTarget(() => new Response()), { hostname: "127.0.0.1", port }),
      ErrorInfo,
    ),
  ];
  for (const error of errors) {
    assertEquals([error.code, error.statusCode], [40000, 400]);
    assertMatch(error.message, new RegExp(`127\\.0\\.0\\.1, port ${port}: the port is taken$`));
    assertMatch(error.remediation, /another port .*\b0\b/);
    assertEquals((error.cause as { code?: string }).code, "EADDRINUSE");
  }
});
