import Ably, { ErrorInfo, Realtime, Rest } from "../../mod.ts";
import * as Everything from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";

// The types of the default export have to compile as they do for programs written for `ably`.
type Holder = {
  client: Ably.Realtime;
  rest?: Ably.Rest;
  last?: Ably.Message;
  error?: Ably.ErrorInfo;
};

function channelOf({ client }: Holder): Ably.RealtimeChannel {
  return client.channels.get("default");
}

test("the default export has the clients, as values and as types", () => {
  const client: Ably.Realtime = new Ably.Realtime({ key: "app.key:secret", autoConnect: false });
  assert(client instanceof Realtime);
  assertEquals(channelOf({ client }).name, "default");
  assert(new Ably.Rest("app.key:secret") instanceof Rest);
  const error: Ably.ErrorInfo = new Ably.ErrorInfo("refused", 40160, 401);
  assert(error instanceof ErrorInfo);
});

test("the default export has all that is exported by name", () => {
  for (const [name, value] of Object.entries(Everything)) {
    assertEquals(Ably[name as keyof typeof Ably], value, name);
  }
});

test("a dynamic import has the default export", async () => {
  const { default: imported } = await import("../../mod.ts");
  assert(imported.Rest === Rest);
  assert(imported.Realtime.Message === Realtime.Message);
});
