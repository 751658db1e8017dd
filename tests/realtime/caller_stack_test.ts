import type { Realtime } from "../../mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { assertMatch, test } from "../harness.ts";
import { failureOf } from "../support/outcomes.ts";
import { Rig } from "../support/realtime_rig.ts";

interface Refusal {
  call: (client: Realtime) => Promise<unknown>;
  answer: ProtocolMessage;
}

const error = { message: "No", code: 40160, statusCode: 401 };
const nack = { action: Action.Nack, msgSerial: 0, count: 1, error };

const REFUSALS: Record<string, Refusal> = {
  "publish()": { call: ({ channels }) => channels.get("c").publish("n", "d"), answer: nack },
  "deleteMessage()": {
    call: ({ channels }) => channels.get("c").deleteMessage({ serial: "s" }),
    answer: nack,
  },
  "annotations.publish()": {
    call: ({ channels }) => channels.get("c").annotations.publish("s", { type: "a" }),
    answer: nack,
  },
  "presence.enter()": {
    call: ({ channels }) => channels.get("c").presence.enterClient("jim"),
    answer: nack,
  },
  "detach()": {
    call: ({ channels }) => channels.get("c").detach(),
    answer: { action: Action.Error, channel: "c", error },
  },
  "ping()": {
    call: ({ connection }) => connection.ping(),
    answer: { action: Action.Error, error },
  },
};

for (const [name, { call, answer }] of Object.entries(REFUSALS)) {
  test(`TI1: the stack of an error names the caller of ${name}, although an event brings the error`, async () => {
    await using rig = new Rig();
    await rig.attach();
    const failure = failureOf(async function caller() {
      await call(rig.client);
    });
    await rig.settle();
    await rig.receive(answer);
    assertMatch((await failure).stack!, /\bcaller\b/);
  });
}

test("TI1: the stack of an error names the caller of attach(), subscribe() and presence.get()", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const calls = [
    () => channel.attach(),
    () => channel.subscribe(() => {}),
    () => channel.presence.get(),
  ];
  const failures = calls.map((call) =>
    failureOf(async function caller() {
      await call();
    })
  );
  await rig.settle();
  await rig.receive({ action: Action.Error, channel: "c", error });
  for (const failure of failures) assertMatch((await failure).stack!, /\bcaller\b/);
});
