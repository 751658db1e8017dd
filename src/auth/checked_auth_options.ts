import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { parseKey, SET_VARIABLE } from "../token/key.ts";
import { readToken } from "../token/token_details.ts";
import { didYouMean, nearMisses } from "../util/near_misses.ts";
import {
  type Names,
  ofType,
  readMembers,
  readTexts,
  type Rule,
  type Shape,
  type Type,
} from "../util/read_members.ts";
import type { AuthOptions } from "./auth_options.ts";
import { checkTokenText } from "./token_text.ts";

/** RSC1b: an empty string counts as absent, because an environment variable that is not set often becomes one. */
const orEmpty = (type: Type): Rule => {
  const { allows, text } = ofType(type);
  return { allows: (value) => value === "" || allows(value), text };
};

/** The values of the options. */
export const AUTH_OPTIONS: Names<AuthOptions> = {
  key: "string",
  token: "string or object",
  tokenDetails: orEmpty("object"),
  authCallback: orEmpty("function"),
  authUrl: "string",
  authMethod: "string",
  authHeaders: orEmpty("object"),
  authParams: orEmpty("object"),
  queryTime: orEmpty("boolean"),
  useTokenAuth: orEmpty("boolean"),
};

/** The options for authentication. */
export const OPTIONS: Shape<AuthOptions> = {
  what: "The options for authentication",
  names: AUTH_OPTIONS,
  code: ErrorCode.BadRequest,
};

/**
 * A copy of the options for authentication, without nulls. Later changes to the caller's objects have no effect.
 *
 * @throws {ErrorInfo} 40005 for a malformed key, 40170 for a text that cannot be a token, 40000 for values of the wrong type.
 */
export function checkAuthOptions(given: AuthOptions): AuthOptions {
  const options = readMembers(given, OPTIONS);
  for (const name of Object.keys(options) as (keyof AuthOptions)[]) {
    const value = options[name];
    if (value === "") delete options[name];
    else Object.assign(options, { [name]: ownCopy(name, value) });
  }
  const { key, authMethod } = options;
  if (key !== undefined) parseKey(key);
  if (authMethod !== undefined) options.authMethod = checkMethod(authMethod);
  return options;
}

function checkMethod(given: string): "GET" | "POST" {
  const method = given.toUpperCase();
  if (method === "GET" || method === "POST") return method;
  // Show only short texts: a longer one may be a misplaced secret.
  const got = method.length > 8 ? "another text" : `"${given}"`;
  throw invalidOption(`The option "authMethod" must be "GET" or "POST", got ${got}`);
}

function ownCopy(name: string, value: unknown): unknown {
  if (name === "token" || name === "tokenDetails") return ownToken(name, value);
  if (typeof value !== "object") return value;
  if (value instanceof Headers) return new Headers(value);
  return readTexts(value, { what: `The option "${name}"`, code: ErrorCode.BadRequest });
}

/** RSA4f: a text that cannot be a token is not even sent. */
function ownToken(name: string, given: unknown): unknown {
  const own = typeof given === "string"
    ? { token: given }
    : Array.isArray(given)
    ? {}
    : readToken(given as object);
  const { token } = own as { token?: unknown };
  if (typeof token === "string" && token !== "") checkTokenText(token, `option ${name}`);
  return typeof given === "string" ? given : own;
}

/** Whether the options contain a token. */
export function hasToken({ token, tokenDetails }: AuthOptions): boolean {
  return token != null || tokenDetails != null;
}

/** Whether the options contain a way to get new tokens (RSA4a, RSA10e). */
export function hasTokenSource({ authCallback, authUrl, key }: AuthOptions): boolean {
  return authCallback != null || authUrl != null || key != null;
}

/** Whether to use tokens, rather than the key (RSA4). */
export function wantsTokenAuth(options: AuthOptions): boolean {
  return options.useTokenAuth ??
    (options.authUrl != null || options.authCallback != null || hasToken(options));
}

/**
 * Checks that the options contain a way to authenticate (RSC1b, RSA14).
 *
 * @param given The caller's options, to find the reason in.
 * @throws {ErrorInfo} 40106 if they do not.
 */
export function requireCredentials(options: AuthOptions, given: object): void {
  const sufficient = wantsTokenAuth(options)
    ? hasToken(options) || hasTokenSource(options)
    : options.key != null;
  if (sufficient) return;
  const [miss] = nearMisses(given, AUTH_OPTIONS);
  if (miss) {
    throw noCredentials(
      `Client made without a way to authenticate: the option "${miss.wrong}" is not known`,
      didYouMean(miss),
    );
  }
  const { useTokenAuth } = options;
  if (useTokenAuth != null) {
    throw noCredentials(
      `Client made without a way to authenticate that fits useTokenAuth: ${useTokenAuth}`,
    );
  }
  const unset = WAYS.find((name) => name in given);
  if (unset === undefined) throw noCredentials("Client made without a way to authenticate");
  throw noCredentials(
    `Client made without a way to authenticate: the option "${unset}" has no value`,
    SET_VARIABLE,
  );
}

/** The options by which a client can authenticate. */
const WAYS = ["key", "token", "tokenDetails", "authCallback", "authUrl"] as const;

function noCredentials(
  message: string,
  remediation = "Give a key, a token, or an authCallback or authUrl that provides tokens.",
): ErrorInfo {
  return createError(ErrorCode.NoCredentials, message, remediation);
}

/** The error for an option with an invalid value. */
export function invalidOption(
  message: string,
  remediation = "See the documentation of the option, or leave it out.",
): ErrorInfo {
  return createError(ErrorCode.BadRequest, message, remediation);
}
