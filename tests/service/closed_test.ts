import { type ClientOptions, ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { serviceTarget } from "../../src/testing/serve/target.ts";
import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  test,
} from "../harness.ts";

const QUIET: ClientOptions = { logHandler: () => {} };
const CLOSED = "The service is closed";

test("createService: each call of a closed service says that it is closed", async () => {
  const service = createService();
  await service.close();
  const calls = {
    options: () => service.options(),
    objects: () => service.objects("c"),
    "faults.http": () => service.faults.http({}, { refuse: true }),
    "faults.connect": () => service.faults.connect({}, { refuse: true }),
    "faults.fromClient": () => service.faults.fromClient({}, { drop: true }),
    "faults.toClient": () => service.faults.toClient({}, { drop: true }),
    serve: () => serviceTarget(service),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = assertThrows(call, ErrorInfo, CLOSED, name);
    assertEquals([error.code, error.statusCode], [40000, 400]);
    assertStringIncludes(error.remediation, "createService()");
  }
  await assertRejects(() => service.fetch("/time"), TypeError, CLOSED);
});

test("createService: a closed service can be closed and cleared again, and its state can be read", async () => {
  const service = createService();
  const { key } = service;
  await service.close();
  service.faults.clear();
  await service.close();
  assertEquals(service.key, key);
  await using next = createService({ snapshot: service.snapshot() });
  assertEquals(next.key, key);
});

test("createService: clients of a closed service say that it is closed", async () => {
  const service = createService();
  const options = { ...service.options(), ...QUIET };
  await service.close();
  const refused = await assertRejects(() => new Rest(options).time(), ErrorInfo);
  assertStringIncludes(refused.message, CLOSED);
  await using client = new Realtime({ ...options, autoConnect: false });
  const { promise, resolve } = Promise.withResolvers<ErrorInfo | undefined>();
  client.connection.once("disconnected", ({ reason }) => resolve(reason));
  client.connection.connect();
  assertStringIncludes((await promise)!.message, CLOSED);
});
