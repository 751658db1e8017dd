import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { isOfAction } from "../core/frame_action.ts";
import { chosenError, type ErrorChoice } from "../core/known_errors.ts";
import { checkFault } from "./fault_checks.ts";
import type {
  ConnectEffect,
  ConnectionMatch,
  ConnectMatch,
  Fault,
  Faults,
  FaultTimes,
  FrameEffect,
  FrameMatch,
  HttpEffect,
  HttpMatch,
} from "./fault.ts";

/** The parts of an open WebSocket that faults use. */
export interface FaultSocket {
  matches(match: ConnectionMatch): boolean;
  /** Breaks without a closing handshake. */
  drop(): void;
  /** Closes with a code. */
  close(code: number, reason?: string): void;
  /** Loses all frames in both directions, but stays open. */
  hang(): void;
  /** Sends a frame to which no fault applies. */
  inject(message: ProtocolMessage): void;
  /** Detaches the channel from the connection, without a frame to the client. */
  forgetChannel(channel: string): void;
}

/** The parts of a service that faults use. */
export interface FaultScene {
  /** @throws {ErrorInfo} 40000 if the service is closed: no fault has an effect then. */
  checkOpen(): void;
  sockets(): FaultSocket[];
  expireTokens(): void;
  forgetConnections(): void;
  forgetEvents(): void;
}

/** A fault with its effect. */
interface Rule<M, E> extends Fault {
  readonly match: M;
  readonly effect: E;
  due(): boolean;
}

interface NewFault<M, E> {
  match: M;
  effect: E;
  times?: FaultTimes | null;
}

/** Keeps the faults that were added, and chooses the one that applies. */
export class FaultEngine implements Faults {
  readonly #scene: FaultScene;
  readonly #http = new Set<Rule<HttpMatch, HttpEffect>>();
  readonly #connect = new Set<Rule<ConnectMatch, ConnectEffect>>();
  readonly #fromClient = new Set<Rule<FrameMatch, FrameEffect>>();
  readonly #toClient = new Set<Rule<FrameMatch, FrameEffect>>();

  /** @param scene The parts of the service that faults use. */
  constructor(scene: FaultScene) {
    this.#scene = scene;
  }

  http(match: HttpMatch, effect: HttpEffect, times?: FaultTimes | null): Fault {
    return this.#add(this.#http, { match, effect, times });
  }

  connect(match: ConnectMatch, effect: ConnectEffect, times?: FaultTimes | null): Fault {
    return this.#add(this.#connect, { match, effect, times });
  }

  fromClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault {
    return this.#add(this.#fromClient, { match, effect, times });
  }

  toClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault {
    return this.#add(this.#toClient, { match, effect, times });
  }

  drop(match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) socket.drop();
  }

  close(code: number, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) socket.close(code);
  }

  hang(match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) socket.hang();
  }

  send(message: ProtocolMessage, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) socket.inject(message);
  }

  disconnect(error?: ErrorChoice | null, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) {
      socket.inject({ action: Action.Disconnected, ...withError(error) });
      socket.close(1000);
    }
  }

  fail(error: ErrorChoice, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets(match)) {
      socket.inject({ action: Action.Error, ...withError(error) });
      socket.close(1000);
    }
  }

  detach(channel: string, error?: ErrorChoice | null, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets({ ...match, channel })) {
      socket.forgetChannel(channel);
      socket.inject({ action: Action.Detached, channel, ...withError(error) });
    }
  }

  failChannel(channel: string, error: ErrorChoice, match?: ConnectionMatch | null): void {
    for (const socket of this.#sockets({ ...match, channel })) {
      socket.forgetChannel(channel);
      socket.inject({ action: Action.Error, channel, ...withError(error) });
    }
  }

  expireTokens(): void {
    this.#scene.expireTokens();
  }

  forgetConnections(): void {
    this.#scene.forgetConnections();
  }

  forgetEvents(): void {
    this.#scene.forgetEvents();
  }

  clear(): void {
    for (const rules of [this.#http, this.#connect, this.#fromClient, this.#toClient]) {
      rules.clear();
    }
  }

  /** The fault for an HTTP request, if there is one. */
  forRequest(method: string, url: URL): HttpEffect | undefined {
    return effectOf(
      this.#http,
      ({ match }) =>
        (match.method === undefined || match.method === method) &&
        (match.host === undefined || match.host === url.hostname) &&
        matchesPath(match.path, url.pathname),
    );
  }

  /** The fault for a WebSocket that is being opened, if there is one. */
  forConnect(url: URL): ConnectEffect | undefined {
    return effectOf(
      this.#connect,
      ({ match }) =>
        (match.host === undefined || match.host === url.hostname) &&
        Object.entries(match.params ?? {}).every(([name, value]) => {
          const given = url.searchParams.get(name);
          return value === "*" ? given !== null : given === value;
        }),
    );
  }

  /** The fault for a frame, if there is one. */
  forFrame(
    direction: "in" | "out",
    message: ProtocolMessage,
    connectionId: string | undefined,
  ): FrameEffect | undefined {
    const rules = direction === "in" ? this.#fromClient : this.#toClient;
    if (rules.size === 0) return undefined;
    return effectOf(
      rules,
      ({ match }) =>
        (match.action === undefined || isOfAction(message.action, match.action)) &&
        (match.channel === undefined || match.channel === message.channel) &&
        (match.connectionId === undefined || match.connectionId === connectionId),
    );
  }

  #add<M, E>(rules: Set<Rule<M, E>>, fault: NewFault<M, E>): Fault {
    this.#scene.checkOpen();
    checkFault(fault.match, fault.effect, fault.times);
    return addRule(rules, fault);
  }

  #sockets(match: ConnectionMatch | null = {}): FaultSocket[] {
    return this.#scene.sockets().filter((socket) => socket.matches(match ?? {}));
  }
}

function addRule<M, E>(
  rules: Set<Rule<M, E>>,
  { match, effect, times }: NewFault<M, E>,
): Fault {
  let seen = 0;
  let fired = 0;
  const skip = times?.skip ?? 0;
  const most = times?.times ?? Infinity;
  const rule: Rule<M, E> = {
    match,
    effect,
    get fired() {
      return fired;
    },
    due() {
      if (seen++ < skip || fired >= most) return false;
      if (++fired >= most) rules.delete(rule);
      return true;
    },
    remove: () => void rules.delete(rule),
    [Symbol.dispose]: () => void rules.delete(rule),
  };
  rules.add(rule);
  return rule;
}

/** The effect of the first fault that matches and is due. */
function effectOf<M, E>(
  rules: Set<Rule<M, E>>,
  matches: (rule: Rule<M, E>) => boolean,
): E | undefined {
  for (const rule of rules) {
    if (matches(rule) && rule.due()) return rule.effect;
  }
  return undefined;
}

function matchesPath(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted !== "string") return wanted.test(path);
  if (!wanted.includes("*")) return wanted === path;
  const pattern = wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(path);
}

function withError(error: ErrorChoice | null | undefined): Pick<ProtocolMessage, "error"> {
  return error == null ? {} : { error: chosenError(error) };
}
