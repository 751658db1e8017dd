import type { Realtime, RealtimeChannel } from "../../../mod.ts";
import { Action, Flag } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import { assertEquals } from "../../harness.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../../support/realtime_rig.ts";

/** The behaviour of `fetch`. */
type Http = "silent" | "throws" | "works";

/** `realtimeRequestTimeout`, in milliseconds. */
const CLOSE_BOUND = 10_000;

const ERROR = { code: 40160, statusCode: 401, message: "No" };

/** A client, its service and its runtime, all of which may stop working. */
export class Stage {
  readonly rig: Rig;
  readonly client: Realtime;
  readonly channel: RealtimeChannel;
  readonly controller = new AbortController();
  /** The behaviour of `fetch` from now on. A silent `fetch` ignores its signal too. */
  http: Http = "throws";
  /** Whether the runtime refuses to open sockets. */
  refusesSockets = false;

  constructor({ autoConnect }: { autoConnect: boolean }) {
    this.rig = new Rig({
      clientId: "me",
      autoConnect: false,
      logLevel: "none",
      authCallback: () => Promise.resolve("token"),
      fetch: (input) => this.#fetch(String(input)),
    });
    this.rig.network.beforeOpen = () => {
      if (this.refusesSockets) throw new TypeError("Sockets are not allowed here");
    };
    this.client = this.rig.client;
    if (autoConnect) this.client.connect();
    this.channel = this.client.channels.get("c");
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Makes the service answer every frame. */
  serve(): void {
    this.rig.answer = answer;
  }

  /** Makes the service and `fetch` silent. */
  fallSilent(): void {
    this.http = "silent";
    this.rig.answer = () => {};
  }

  /** Repairs everything. */
  mend(): void {
    this.http = "works";
    this.refusesSockets = false;
    this.rig.network.refusesToSend = false;
    this.serve();
  }

  /** Connects if need be. */
  async connect(): Promise<void> {
    if (this.client.connection.state === "connected") return;
    this.client.connect();
    await this.accept();
  }

  /** Answers the connection request, if there is one. */
  async accept(): Promise<void> {
    await this.rig.settle();
    this.rig.network.lines.at(-1)?.connect();
    await this.rig.settle();
  }

  /** Closes the client, and checks that it leaves nothing behind. */
  async end(step: string): Promise<void> {
    const { client, rig } = this;
    let isClosed = false;
    void client.close().then(() => isClosed = true);
    await rig.clock.advance(CLOSE_BOUND);
    const { state } = client.connection;
    assertEquals([isClosed, state === "closed" || state === "failed"], [true, true], step);
    assertEquals(rig.clock.pending, 0, `A timer has outlived the client: ${step}`);
    assertEquals(rig.network.live, 0, `A socket has outlived the client: ${step}`);
  }

  #fetch(url: string): Promise<Response> {
    switch (this.http) {
      case "silent":
        return new Promise(() => {});
      case "throws":
        throw new TypeError("I/O is not allowed here");
      case "works":
        return Promise.resolve(
          Response.json(url.includes("/requestToken") ? { token: "other" } : []),
        );
    }
  }
}

/** The answers of a service that does everything it is asked for. */
function answer({ action, channel, msgSerial, id }: ProtocolMessage): Frame[] {
  switch (action) {
    case Action.Attach:
      return [{ action: Action.Attached, channel, flags: DEFAULT_MODES }];
    case Action.Detach:
      return [{ action: Action.Detached, channel }];
    case Action.Heartbeat:
      return [{ action: Action.Heartbeat, id }];
    case Action.Close:
      return [{ action: Action.Closed }];
    case Action.Auth:
      return [{ action: Action.Connected, connectionId: "same", connectionDetails: {} }];
    default:
      return msgSerial === undefined
        ? []
        : [{ action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["serial"] }] }];
  }
}

/** States of connection and channel at the time of a call. */
export const BEGINNINGS: Record<string, () => Promise<Stage>> = {
  "before connecting": () => Promise.resolve(new Stage({ autoConnect: false })),
  "connecting": () => begin(() => Promise.resolve()),
  "initialized": () => begin((stage) => stage.connect()),
  "attaching": () =>
    begin(async (stage) => {
      await stage.connect();
      stage.fallSilent();
      void stage.channel.attach().catch(() => {});
    }),
  "attached": () => begin(attach),
  "attached, members unknown": () =>
    begin(async (stage) => {
      await attach(stage);
      await stage.rig.attached("c", { flags: DEFAULT_MODES | Flag.HasPresence });
    }),
  "detaching": () =>
    begin(async (stage) => {
      await attach(stage);
      stage.fallSilent();
      void stage.channel.detach().catch(() => {});
    }),
  "attached, disconnected": () =>
    begin(async (stage) => {
      await attach(stage);
      await stage.rig.disconnect();
    }),
  "suspended": () =>
    begin(async (stage) => {
      await attach(stage);
      await stage.rig.suspend();
    }),
  "closing": () =>
    begin(async (stage) => {
      await attach(stage);
      stage.fallSilent();
      void stage.client.close();
    }),
  "closed": () =>
    begin(async (stage) => {
      await stage.connect();
      await stage.client.close();
    }),
  "released": () =>
    begin(async (stage) => {
      await attach(stage);
      stage.fallSilent();
      void stage.client.channels.release("c");
    }),
};

async function begin(prepare: (stage: Stage) => Promise<void>): Promise<Stage> {
  const stage = new Stage({ autoConnect: true });
  stage.serve();
  await stage.rig.settle();
  await prepare(stage);
  await stage.rig.settle();
  return stage;
}

async function attach(stage: Stage): Promise<void> {
  await stage.connect();
  await stage.channel.attach();
}

/** Events while a call waits. The service is silent unless the name says that it answers. */
export const ENDINGS: Record<string, (stage: Stage) => unknown> = {
  "nothing is answered": () => {},
  "everything is answered": async (stage) => {
    stage.mend();
    await stage.connect();
  },
  "the client is closed, and the service answers": (stage) => {
    stage.mend();
    void stage.client.close();
  },
  "the client is closed, and the service is silent": ({ client }) => void client.close(),
  "the connection is lost, and the next one is silent": async (stage) => {
    lose(stage.rig);
    if (stage.client.connection.state === "connecting") await stage.accept();
  },
  "the connection is lost for good": ({ rig }) => lose(rig),
  "the runtime refuses sockets": (stage) => {
    stage.refusesSockets = true;
    lose(stage.rig);
  },
  "the runtime refuses to send": ({ rig }) => {
    rig.network.refusesToSend = true;
  },
  "the runtime refuses to fetch": (stage) => {
    stage.http = "throws";
  },
  "the connection fails": ({ rig }) => say(rig, { action: Action.Error, error: ERROR }),
  "the token is refused": ({ rig }) =>
    say(rig, { action: Action.Disconnected, error: { ...ERROR, code: 40142 } }),
  "the service closes the connection": ({ rig }) => say(rig, { action: Action.Closed }),
  "the channel fails": ({ rig }) => say(rig, { action: Action.Error, channel: "c", error: ERROR }),
  "the channel is detached by the service": ({ rig }) =>
    say(rig, { action: Action.Detached, channel: "c" }),
  "everything is refused": ({ rig }) =>
    say(rig, { action: Action.Nack, msgSerial: 0, count: 9, error: ERROR }),
  "attach() is called": ({ channel }) => void channel.attach().catch(() => {}),
  "detach() is called": ({ channel }) => void channel.detach().catch(() => {}),
  "release() is called": ({ client }) => void client.channels.release("c"),
  "connect() is called": ({ client }) => void client.connect(),
  "authorize() is called": ({ client }) => void client.auth.authorize().catch(() => {}),
};

function lose({ network }: Rig): void {
  network.lines.at(-1)?.close();
}

function say({ network }: Rig, frame: Frame): void {
  const line = network.lines.at(-1);
  if (line?.isLive) line.send(frame);
}
