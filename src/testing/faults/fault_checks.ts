import { ServiceCode } from "../core/service_error.ts";
import { ErrorInfo } from "../../errors.ts";
import { actionNumber } from "../core/frame_action.ts";
import { kindOf, readMembers, type Shape } from "../../util/read_members.ts";
import type { FaultTimes } from "./fault.ts";

type Check = (value: unknown) => boolean;

const isTrue: Check = (value) => value === true;
/** Whether a value is text. */
export const isText: Check = (value) => typeof value === "string";
const isAmount: Check = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
/** Codes that a WebSocket in this process can be closed with. */
const isCloseCode: Check = (value) => isWithin(value, 1000, 4999);
/** Codes that the WebSockets of all runtimes send. */
const isSentCloseCode: Check = (value) => value === 1000 || isWithin(value, 3000, 4999);
const isAction: Check = (value) => actionNumber(value) !== undefined;
const isFrame: Check = (value) => isRecord(value) && isAction(value.action);
const areFrames: Check = (value) => Array.isArray(value) && value.every(isFrame);
const areTexts: Check = (value) => isRecord(value) && Object.values(value).every(isText);
const isResponse: Check = (value) =>
  isRecord(value) && isWithin(value.status, 200, 599) &&
  (value.headers === undefined || areTexts(value.headers));
const isCode: Check = (value) => isWithin(value, 10_000, 999_999);
const isError: Check = (value) =>
  isCode(value) || isRecord(value) && isText(value.message ?? "") && isCode(value.code);

const isPath: Check = (value) => isText(value) || value instanceof RegExp;
const isReplacement: Check = (value) => isFrame(value) || typeof value === "function";

/** The types of the members of an order, a match or an effect. Some members occur in several of them. */
const MEMBERS: Readonly<Record<string, Check>> = {
  action: isAction,
  advance: isAmount,
  after: areFrames,
  before: areFrames,
  channel: isText,
  clear: isTrue,
  clientId: isText,
  code: isSentCloseCode,
  connectionId: isText,
  delay: isAmount,
  error: isError,
  expireTokens: isTrue,
  forgetConnections: isTrue,
  forgetEvents: isTrue,
  host: isText,
  message: isFrame,
  method: isText,
  params: areTexts,
  path: isPath,
  refuse: isTrue,
  replace: isReplacement,
  respond: isResponse,
  skip: isAmount,
  swallow: isTrue,
  times: isAmount,
};

/** Whether a member of an order has a valid type, if it is known. */
export function isMember(name: string, value: unknown): boolean {
  return MEMBERS[name]?.(value) !== false;
}

/** Whether all members of a match or an effect of an order have valid types. */
export function hasMembers(part: Readonly<Record<string, unknown>>): boolean {
  return wrongMember(part, isSentCloseCode) === undefined;
}

/** The first member that is unknown or of a wrong type. */
function wrongMember(
  part: Readonly<Record<string, unknown>>,
  mayClose: Check,
): string | undefined {
  return Object.keys(part).find((name) => {
    const value = part[name];
    if (value == null) return false;
    if (name === "close") return !mayClose(value);
    if (name === "send") return !isFrame(value);
    if (name === "drop" || name === "hang") return !isTrue(value);
    return !Object.hasOwn(MEMBERS, name) || !MEMBERS[name]!(value);
  });
}

/** Whether a value is an object, and not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

const TIMES: Shape<FaultTimes> = {
  what: "The times of a fault",
  names: { times: "number", skip: "number" },
};

/**
 * Checks a fault, because one that is misspelt would have no effect, and the test would pass.
 *
 * @throws {ErrorInfo} 40003 if its match, its effect or its times are not valid.
 */
export function checkFault(match: unknown, effect: unknown, times?: FaultTimes | null): void {
  readMembers(times, TIMES);
  checkPart("match", match);
  checkPart("effect", effect);
  if (Object.values(effect).every((value) => value == null)) {
    throw malformedFault("The effect of a fault has no member");
  }
}

function checkPart(part: string, given: unknown): asserts given is Record<string, unknown> {
  if (!isRecord(given)) {
    throw malformedFault(`The ${part} of a fault must be an object, got ${kindOf(given)}`);
  }
  const wrong = wrongMember(given, isCloseCode);
  if (wrong === undefined) return;
  throw malformedFault(
    `The ${part} of a fault has a member that is unknown or has a wrong value: "${wrong}"`,
  );
}

function malformedFault(message: string): ErrorInfo {
  return new ErrorInfo({
    message,
    code: ServiceCode.InvalidParameter,
    statusCode: 400,
    remediation: "Give members as the types HttpMatch, HttpEffect and so on document them.",
  });
}
