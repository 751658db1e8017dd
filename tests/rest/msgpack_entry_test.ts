import { msgpackCodec } from "../../src/protocol/msgpack.ts";
import { Rest } from "../../src/rest/mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";

test("RSC8a, TO3f: the REST client of ./rest speaks MessagePack where it is given the codec", async () => {
  await using service = createService();
  const rest = new Rest({ ...service.options(), plugins: { msgpack: msgpackCodec } });
  const channel = rest.channels.get("c");
  await channel.publish("n", new Uint8Array([1, 2]));
  const [message] = (await channel.history()).items;
  assertEquals(message!.data, new Uint8Array([1, 2]));
  const [request] = service.log.requests({ method: "POST" });
  assertEquals(request!.headers.get("content-type"), "application/x-msgpack");
});
