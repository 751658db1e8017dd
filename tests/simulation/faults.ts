import { Action } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type { Faults } from "../../src/testing/mod.ts";
import type { Inhabitant } from "./inhabitant.ts";
import type { FaultName, Step } from "./plan.ts";
import type { World } from "./world.ts";

/** The parts of a world that a fault affects. */
export interface Victim extends Inhabitant {
  readonly world: World;
  /** The faults of the service, while one runs. */
  readonly service: Faults | undefined;
  readonly connectionId: string | undefined;
}

const ANSWERS = [Action.Ack, Action.Attached, Action.Connected];
const REQUESTS = [Action.Message, Action.Attach, Action.Presence];
const GO_AWAY = { message: "Go away", code: 80003, statusCode: 400 };
const TOKEN_EXPIRED = { message: "Token expired", code: 40142, statusCode: 401 };

/** The host that clients with fallback hosts try first. */
const PRIMARY_HOST = "main.realtime.ably.net";

/** The faults. */
export const FAULTS: Readonly<Record<FaultName, (victim: Victim, step: Step) => void>> = {
  // The network.
  cut: ({ network }) => network.cut(),
  silence: ({ network }) => network.silence(),
  jam: ({ network }, { size = 0 }) => network.jam(size),
  deafen: ({ network }) => network.deafen(),
  refuse({ network }, { size = 0 }) {
    network.refuse(size);
    if (size > 400) network.cut();
  },
  /** The primary host alone: clients with fallback hosts go on. */
  refuseHost({ network, user }, { size = 0 }) {
    network.refuse(size, user.plan.fallbacks ? PRIMARY_HOST : "service.local");
    network.cut();
  },
  flap: ({ network }, { size = 0 }) => network.flap(size),
  slow: ({ network }, { size = 1 }) => void (network.latency = size),

  // The process of the client.
  stall: ({ process }, { size = 0 }) => process.stall(size),
  jump: ({ process }, { size = 0 }) => process.turn(size),

  reload: ({ world, user }, { size = 0 }) => world.reload(user, size),

  // The service, for one client.
  loseAnswer({ service, connectionId }, { size = 0 }) {
    service?.toClient({ connectionId, action: ANSWERS[size] }, { drop: true }, { times: 1 });
  },
  loseRequest({ service, connectionId }, { size = 0 }) {
    service?.fromClient({ connectionId, action: REQUESTS[size] }, { drop: true }, { times: 1 });
  },
  refuseSocket({ service, network }, { size = 0 }) {
    const error = size === 0 ? GO_AWAY : TOKEN_EXPIRED;
    const action = size === 1 ? Action.Error : Action.Disconnected;
    service?.connect({}, { send: { action, error }, close: 1000 }, { times: 1 });
    network.cut();
  },
  spoilDelta({ service, connectionId }, { channel }) {
    const match = { connectionId, channel, action: Action.Message };
    service?.toClient(match, { replace: withWrongBase }, { times: 1 });
  },
  hangSocket({ service, network }) {
    service?.connect({}, { hang: true }, { times: 1 });
    network.cut();
  },
  disconnect: ({ service, connectionId }) => service?.disconnect(GO_AWAY, { connectionId }),
  fail({ service, connectionId }) {
    service?.fail({ message: "Not you", code: 40000, statusCode: 400 }, { connectionId });
  },
  failChannel({ service, connectionId }, { channel }) {
    const error = { message: "Not here", code: 40160, statusCode: 401 };
    service?.failChannel(channel, error, { connectionId });
  },
  inviteAuth: ({ service, connectionId }) =>
    service?.send({ action: Action.Auth }, { connectionId }),

  // The service, for all clients.
  shed: ({ service }) => service?.disconnect(GO_AWAY),
  forgetConnections: ({ service }) => service?.forgetConnections(),
  forgetEvents: ({ service }) => service?.forgetEvents(),
  detachAll({ service }, { channel }) {
    service?.detach(channel, { message: "Moved", code: 90198, statusCode: 400 });
  },
  expireTokens: ({ service }) => service?.expireTokens(),
  restart: ({ world }, { size = 0 }) => world.restart(size, { keepsState: true }),
  amnesia: ({ world }, { size = 0 }) => world.restart(size, { keepsState: false }),
};

/** A frame whose deltas were made from a message that the client does not have. */
function withWrongBase({ messages = [], ...frame }: ProtocolMessage): ProtocolMessage {
  const spoiled = messages.map(({ extras, ...message }) => {
    const { delta, ...more } = (extras ?? {}) as { delta?: object };
    return {
      ...message,
      extras: delta ? { ...more, delta: { ...delta, from: "another" } } : extras,
    };
  });
  return { ...frame, messages: spoiled };
}
