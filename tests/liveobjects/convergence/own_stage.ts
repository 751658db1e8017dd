import { Realtime } from "../../../mod.ts";
import { LiveObjects } from "../../../src/liveobjects/mod.ts";
import { createService, FakeClock } from "../../../src/testing/mod.ts";
import { ownMember, type Stage } from "./root.ts";

const STEP = 100;

/** Three clients of this module in both formats, on a clock that moves only when the rounds say so. */
export function ownStage(echoFirst: boolean): Stage & AsyncDisposable {
  const clock = new FakeClock();
  const service = createService({ clock, logLimit: 0, objects: { echoFirst } });
  const clients = [true, false, true].map((useBinaryProtocol) =>
    new Realtime({
      ...service.options(),
      clock,
      useBinaryProtocol,
      plugins: { LiveObjects },
      logLevel: "none",
    })
  );
  const pause = async (milliseconds: number) => {
    await clock.advance(milliseconds);
    // Digests, and in workerd the bodies of answers, take real time.
    if (milliseconds >= STEP) await new Promise((resolve) => setTimeout(resolve));
    else await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await clock.advance(0);
  };
  return {
    service,
    members: clients.map((client, index) =>
      ownMember(`client ${index} (${index % 2 === 0 ? "MessagePack" : "JSON"})`, client)
    ),
    step: STEP,
    now: () => clock.now(),
    pause,
    async [Symbol.asyncDispose]() {
      const closed = Promise.all(clients.map((client) => client.close()));
      await pause(1_000);
      await closed;
      await service[Symbol.asyncDispose]();
    },
  };
}
