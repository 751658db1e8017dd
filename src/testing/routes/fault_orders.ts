import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { actionNumber } from "../core/frame_action.ts";
import type { ErrorChoice } from "../core/known_errors.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { hasMembers, isMember, isRecord, isText } from "../faults/fault_checks.ts";
import type {
  ConnectEffect,
  ConnectionMatch,
  ConnectMatch,
  Faults,
  FaultTimes,
  FrameEffect,
  FrameMatch,
  HttpEffect,
  HttpMatch,
} from "../faults/fault.ts";
import type { ServiceCore } from "../service/service_core.ts";

/** A fault as JSON: the name of a method of `Faults` with its match, and the further members. */
export interface Order extends FaultTimes {
  http?: HttpMatch;
  connect?: ConnectMatch;
  fromClient?: FrameMatch;
  toClient?: FrameMatch;
  effect?: unknown;
  drop?: ConnectionMatch;
  close?: ConnectionMatch;
  code?: number;
  hang?: ConnectionMatch;
  send?: ConnectionMatch;
  message?: ProtocolMessage;
  disconnect?: ConnectionMatch;
  fail?: ConnectionMatch;
  detach?: ConnectionMatch & { channel: string };
  failChannel?: ConnectionMatch & { channel: string };
  error?: ErrorChoice;
  expireTokens?: true;
  forgetConnections?: true;
  forgetEvents?: true;
  /** Milliseconds to skip, if the clock permits it. */
  advance?: number;
  clear?: true;
}

/** The members that are frames or contain them. */
const FRAMES = ["message", "replace", "before", "after", "send"];

const MATCHES = ["http", "connect", "fromClient", "toClient", "disconnect", "fail", "detach"];

/**
 * Reads an order.
 *
 * @throws {ErrorInfo} 40000 if it is not an order.
 */
export function readOrder(given: Readonly<Record<string, unknown>>): Order {
  for (const [name, value] of Object.entries(given)) {
    const isPart = [...MATCHES, "failChannel", "effect", "drop", "close", "hang", "send"]
      .includes(name);
    if (isPart ? !isRecord(value) || !hasMembers(value) : !isMember(name, value)) {
      throw malformedOrder(name);
    }
  }
  for (const name of ["detach", "failChannel"]) {
    const match = given[name] as Record<string, unknown> | undefined;
    if (match !== undefined && !isText(match.channel)) throw malformedOrder(name);
  }
  return withNumbers(given) as Order;
}

/** A copy in which the actions of frames are numbers. */
function withNumbers(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(withNumbers);
  if (!isRecord(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      name === "action"
        ? actionNumber(value)
        : FRAMES.includes(name) || name === "effect"
        ? withNumbers(value)
        : value,
    ]),
  );
}

/** Carries out an order. */
export async function obey({ faults, timers }: ServiceCore, order: Order): Promise<void> {
  if (setFault(faults, order) || actAtOnce(faults, order)) return;
  if (order.advance !== undefined && "advance" in timers) {
    return await (timers as { advance(ms: number): void | Promise<void> }).advance(order.advance);
  }
  throw serviceError(ServiceCode.BadRequest, "The fault is not known");
}

function setFault(faults: Faults, order: Order): boolean {
  const { effect, times, skip } = order;
  const how = { times, skip };
  const isEffect = typeof effect === "object" && effect !== null;
  if (!isEffect) return false;
  if (order.http) faults.http(order.http, effect as HttpEffect, how);
  else if (order.connect) faults.connect(order.connect, effect as ConnectEffect, how);
  else if (order.fromClient) faults.fromClient(order.fromClient, effect as FrameEffect, how);
  else if (order.toClient) faults.toClient(order.toClient, effect as FrameEffect, how);
  else return false;
  return true;
}

function actAtOnce(faults: Faults, order: Order): boolean {
  const { error } = order;
  const failure = error ?? 50000;
  if (order.drop) faults.drop(order.drop);
  else if (order.close) faults.close(order.code ?? 1000, order.close);
  else if (order.hang) faults.hang(order.hang);
  else if (order.send && order.message) faults.send(order.message, order.send);
  else if (order.disconnect) faults.disconnect(error, order.disconnect);
  else if (order.fail) faults.fail(failure, order.fail);
  else if (order.detach) faults.detach(order.detach.channel, error, order.detach);
  else if (order.failChannel) {
    faults.failChannel(order.failChannel.channel, failure, order.failChannel);
  } else if (order.expireTokens) faults.expireTokens();
  else if (order.forgetConnections) faults.forgetConnections();
  else if (order.forgetEvents) faults.forgetEvents();
  else if (order.clear) faults.clear();
  else return false;
  return true;
}

function malformedOrder(name: string): Error {
  return serviceError(
    ServiceCode.BadRequest,
    `The member ${JSON.stringify(name)} makes no sense here`,
  );
}
