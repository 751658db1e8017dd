import type { ClientOptions, RealtimeChannel } from "../../mod.ts";
import { type AnyPathObject, LiveObjects } from "../../src/liveobjects/mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { Rig } from "../support/realtime_rig.ts";
import { mapState, type Wire } from "./core/core_rig.ts";

/** The modes that objects need, as a client asks for them. */
export const MODES = ["object_subscribe", "object_publish"] as const;

/** The same as the service grants them, on a channel that may have objects. */
export const GRANTED = MODE_FLAGS.object_subscribe | MODE_FLAGS.object_publish | Flag.HasObjects;

/** A client with the plugin, whose service is played by the test. */
export class ObjectsRig extends Rig {
  constructor(options: ClientOptions = {}) {
    super({ plugins: { LiveObjects }, ...options });
  }

  /** Connects to a site. */
  async connect(details: Wire = { siteCode: "here" }): Promise<void> {
    await this.accept({ details });
  }

  /** A channel that is attached and waits for its objects. */
  async syncing(
    frame: Partial<ProtocolMessage> = {},
    modes: readonly string[] = MODES,
  ): Promise<RealtimeChannel> {
    if (this.client.connection.state !== "connected") await this.connect();
    return await this.attach({ flags: GRANTED, ...frame }, { modes: [...modes] as never });
  }

  /** A channel whose objects are known, and its root. */
  async synced(...states: Wire[]): Promise<{ channel: RealtimeChannel; root: AnyPathObject }> {
    const channel = await this.syncing();
    await this.sync("s:", ...states.length > 0 ? states : [mapState("root", {})]);
    return { channel, root: await channel.object.get() as unknown as AnyPathObject };
  }

  /** A page of a sync. */
  async sync(channelSerial: string | undefined, ...states: Wire[]): Promise<void> {
    await this.receive({
      action: Action.ObjectSync,
      channel: "c",
      channelSerial,
      state: states.map((object) => ({ object })),
    });
  }

  /** Operations of others, or echoes of own ones. */
  async operate(...state: Wire[]): Promise<void> {
    const id = "frame";
    await this.receive({ action: Action.Object, channel: "c", id, connectionId: "other", state });
  }

  /** The operations of the OBJECT frames that were sent, frame by frame. */
  operations(): Wire[][] {
    return this.sent(Action.Object).map(({ state }) =>
      (state as { operation: Wire }[]).map(({ operation }) => operation)
    );
  }

  /** Answers the last OBJECT frame. */
  async ack(...serials: (string | null)[]): Promise<void> {
    const { msgSerial } = this.lastFrame(Action.Object);
    await this.receive({ action: Action.Ack, msgSerial, count: 1, res: [{ serials }] });
  }
}
