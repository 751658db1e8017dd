import * as Ably from "ably";
import {
  LiveCounter as AblyCounter,
  LiveMap as AblyMap,
  LiveObjects as AblyPlugin,
} from "ably/liveobjects";
import { Realtime } from "../../../mod.ts";
import { LiveObjects } from "../../../src/liveobjects/mod.ts";
import { createService, serve } from "../../../src/testing/mod.ts";
import { type Member, ownMember, type Root, type Stage } from "./root.ts";

/** Two clients of this module and two of `ably`, one of each in each format, on sockets and in real time. */
export async function mixedStage(echoFirst: boolean): Promise<Stage & AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  const service = made.use(createService({ logLimit: 0, objects: { echoFirst } }));
  const served = made.use(await serve(service));
  const members = [true, false].flatMap((useBinaryProtocol) => {
    const options = {
      ...served.options(),
      useBinaryProtocol,
      disconnectedRetryTimeout: 10,
      // A busy machine is not a fault.
      realtimeRequestTimeout: 60_000,
      httpRequestTimeout: 60_000,
    };
    const format = useBinaryProtocol ? "MessagePack" : "JSON";
    const own = new Realtime({ ...options, plugins: { LiveObjects }, logLevel: "none" });
    made.defer(() => own.close());
    const official = new Ably.Realtime({
      ...options,
      plugins: { LiveObjects: AblyPlugin },
      logLevel: 0,
      disableConnectivityCheck: true,
    });
    made.defer(() => closed(official));
    return [ownMember(`own (${format})`, own), officialMember(`ably (${format})`, official)];
  });
  const kept = made.move();
  return {
    service,
    members,
    step: 1,
    now: () => Date.now(),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function officialMember(name: string, client: Ably.Realtime): Member {
  const modes: Ably.ChannelMode[] = ["OBJECT_SUBSCRIBE", "OBJECT_PUBLISH"];
  const channelOf = (channel: string) => client.channels.get(channel, { modes });
  return {
    name,
    isOfficial: true,
    connectionId: () => client.connection.id,
    join: async (channel) => {
      const { object } = channelOf(channel);
      // The first call may fail if a connection breaks just after a channel was detached.
      return await object.get().catch(() => object.get()) as unknown as Root;
    },
    leave: (channel) => channelOf(channel).detach(),
    release: async (channel) => {
      await channelOf(channel).detach();
      client.channels.release(channel);
    },
    map: (entries) => AblyMap.create(entries as never),
    counter: (count) => AblyCounter.create(count),
  };
}

function closed(client: Ably.Realtime): Promise<void> {
  return new Promise((resolve) => {
    client.connection.once("closed", () => resolve());
    client.close();
  });
}
