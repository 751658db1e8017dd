import { ErrorInfo } from "../errors.ts";
import { kindOf, oneOf, type Shape } from "../util/read_members.ts";
import { checkParameter, invalidTokenParameter } from "./token_errors.ts";
import type { Capability } from "./capability.ts";
import { allowReading, checkOrigins, isAdmitted, preflightHeaders } from "./cors.ts";
import { JWT_PARAMS, type JwtParams, signJwt } from "./jwt.ts";
import { parseKey } from "./key.ts";
import {
  type BodyLimits,
  readRequestedToken,
  refusedRequest,
  type RequestedToken,
} from "./requested_token.ts";
import { createTokenRequest, readExactly } from "./token_request.ts";

/**
 * The rights and the identity of a token. The members beyond `clientId`, `capability` and `ttl` need the format `"jwt"`.
 */
export interface TokenGrant extends Omit<JwtParams, "timestamp" | "capability"> {
  /**
   * The rights of the token. They are required: `{ "*": ["*"] }` stands for all rights of the key. If channel names contain the
   * name of a user, make sure that no user is named `*`: it would match the channels of all users, and as a `clientId` it would
   * allow any identity.
   */
  capability: Capability | string;
}

/**
 * Decides whether a client gets a token, and with which rights.
 *
 * @param request The request, for its headers and cookies. Its body has been read.
 * @param requested The token that the client requests. Do not trust it: grant only rights that this client may have.
 * @param context The second argument of the endpoint, such as the context of Hono or the `env` of Workers.
 * @returns The grant; or null to refuse with status 403; or a response of your own, to refuse with that. A thrown `ErrorInfo`
 * with a status from 400 to 499 refuses with its status, code and message. Errors of your own calls to Ably are such errors,
 * too, but do not concern this client: catch them.
 */
export type TokenAuthorizer<Context = undefined> = (
  request: Request,
  requested: RequestedToken,
  context: Context,
) => TokenGrant | Response | null | Promise<TokenGrant | Response | null>;

/** A token endpoint: a function from request to response, which passes its second argument to `authorize`. */
export type TokenEndpoint<Context = undefined> = (
  request: Request,
  ...context: Context extends undefined ? [] : [context: Context]
) => Promise<Response>;

/** The options of a token endpoint. */
export interface TokenEndpointOptions<Context = undefined> {
  /** The API key, `appId.keyId:secret`. */
  key: string;
  /** Decides whether a client gets a token, and with which rights. */
  authorize: TokenAuthorizer<Context>;
  /** The kind of response: a JWT, or a token request for the client to exchange. Defaults to `"jwt"`. */
  format?: "jwt" | "tokenRequest" | null;
  /** The origins of pages, apart from this host's own, that may request tokens, with cookies. By default, there are none. */
  origins?: string | readonly string[] | null;
  /** The most bytes that a request body may have. Defaults to 65536. */
  maxBodySize?: number | null;
  /** The longest time a request body may take to arrive, in milliseconds. Defaults to 10000; `Infinity` for no limit. */
  bodyTimeout?: number | null;
  /**
   * Called with server-side errors, which the client does not see, and with everything that `authorize` throws except a
   * response. Defaults to `console.error`. If it throws, the response stays the same.
   */
  onError?: ((error: unknown) => void) | null;
}

const OPTIONS: Shape<TokenEndpointOptions<unknown>> = {
  what: "The options",
  names: {
    key: true,
    authorize: true,
    format: oneOf("jwt", "tokenRequest"),
    origins: true,
    maxBodySize: "number",
    bodyTimeout: "number",
    onError: "function",
  },
};

const { timestamp: _now, ...grantNames } = JWT_PARAMS.names;
const GRANT: Shape<TokenGrant> = {
  what: "The grant that authorize returned",
  names: grantNames,
};

const ALLOWED = "GET, POST, OPTIONS";

/**
 * Makes an endpoint that issues tokens, to be the `authUrl` of Ably clients: for GET and POST, with parameters in the query, in
 * a form, or in JSON. It grants the rights that `authorize` returns, not those that the client requests.
 *
 * The result is a web-standard handler: `Deno.serve(endpoint)`, `Bun.serve({ fetch: endpoint })`,
 * `export default { fetch: endpoint }`, or in Hono `app.all("/token", (c) => endpoint(c.req.raw))`. A second argument reaches
 * `authorize`: with `endpoint(c.req.raw, c)` it can read `c.get("user")`.
 *
 * @param options The key, and the function that decides.
 * @returns A function from request to response. It never rejects; an error is `{ "error": { … } }` in JSON.
 * @throws {ErrorInfo} 40005 for a malformed key, 40003 for an origin or a format that is not valid, or without `authorize`.
 *
 * @example Tokens for users who are signed in
 * ```ts
 * import { tokenEndpoint } from "@ably-edge/sdk/token";
 *
 * const sessions = new Map([["session-of-jim", "jim"]]);
 * const endpoint = tokenEndpoint({
 *   key: "appId.keyId:secret",
 *   authorize(request) {
 *     const user = sessions.get(request.headers.get("x-session") ?? "");
 *     if (user === undefined) return new Response("Sign in first", { status: 401 });
 *     return { clientId: user, capability: { [`orders:${user}`]: ["subscribe"] } };
 *   },
 * });
 * const request = new Request("https://example.com/token", {
 *   headers: { "x-session": "session-of-jim" },
 * });
 * console.log((await endpoint(request)).status);
 * ```
 */
export function tokenEndpoint<Context = undefined>(
  options: TokenEndpointOptions<Context>,
): TokenEndpoint<Context> {
  const read = readOptions(options as TokenEndpointOptions<unknown>);
  return async (request, ...[context]) => {
    const made = await handle(request, context, read);
    // A copy, because its headers can be changed.
    const response = new Response(request.method === "HEAD" ? null : made.body, made);
    if (response.status === 405 && !response.headers.has("allow")) {
      response.headers.set("allow", ALLOWED);
    }
    response.headers.set("cache-control", "no-store");
    response.headers.set("x-content-type-options", "nosniff");
    allowReading(response, request, read.origins);
    return response;
  };
}

/** The options after the checks. Later changes to the caller's object have no effect. */
interface CheckedOptions {
  key: string;
  authorize: TokenAuthorizer<unknown>;
  format: "jwt" | "tokenRequest";
  origins: readonly string[];
  limits: BodyLimits;
  onError: (error: unknown) => void;
}

const SEE = "See the documentation of TokenEndpointOptions.";

function readOptions(given: TokenEndpointOptions<unknown>): CheckedOptions {
  const { key, authorize, format = "jwt", origins = [], onError, ...limits } = readExactly(
    given,
    OPTIONS,
  );
  const { maxBodySize: maxSize = 65_536, bodyTimeout: timeout = 10_000 } = limits;
  parseKey(key!);
  checkParameter(timeout > 0, "The option bodyTimeout must be a number above 0", SEE);
  checkParameter(typeof authorize === "function", "The option authorize must be a function", SEE);
  return {
    key: key!,
    authorize: authorize!.bind(given), // It may be a method that uses other members of its object.
    format,
    origins: checkOrigins(origins),
    limits: { maxSize, timeout },
    onError: onError?.bind(given) ?? ((error) => console.error(error)),
  };
}

async function handle(
  request: Request,
  context: unknown,
  options: CheckedOptions,
): Promise<Response> {
  const { method } = request;
  try {
    if (!isAdmitted(request, options.origins)) {
      throw refusedRequest(403, "This origin is not permitted");
    }
    if (method === "OPTIONS") {
      const headers = { allow: ALLOWED, ...preflightHeaders(request) };
      return new Response(null, { status: 204, headers });
    }
    if (method !== "GET" && method !== "POST") {
      throw refusedRequest(405, `The method ${method} is not supported`);
    }
    if (request.bodyUsed) {
      throw failed(new Error("The request's body has already been read"), options);
    }
    const requested = await readRequestedToken(request, options.limits);
    const grant = await decide(() => options.authorize(request, requested, context), options);
    if (grant === null) throw refusedRequest(403, "This request is not permitted");
    return await respond(grant, options);
  } catch (error) {
    return errorResponse(
      error instanceof ErrorInfo ? error : refusedRequest(400, "The request can't be read"),
    );
  }
}

/** Calls `authorize`, which may also throw a response. */
async function decide(
  authorize: () => ReturnType<TokenAuthorizer>,
  options: CheckedOptions,
): Promise<TokenGrant | Response | null> {
  try {
    return await authorize();
  } catch (error) {
    if (error instanceof Response) return error;
    const failure = failed(error, options);
    const status = error instanceof ErrorInfo ? error.statusCode : 500;
    if (status < 400 || status >= 500) throw failure;
    // Remediation and details are left out: they may be meant for the developer of the server.
    const { message, code } = error as ErrorInfo;
    throw new ErrorInfo(message, code, status);
  }
}

async function respond(grant: TokenGrant | Response, options: CheckedOptions): Promise<Response> {
  try {
    if (grant instanceof Response) return new Response(grant.body, grant); // Throws if it was sent before.
    return await issue(grant, options);
  } catch (error) {
    throw failed(error, options); // An invalid grant is the server's mistake, not the client's.
  }
}

/** Reports the error to `onError` and returns the generic error for the client. */
function failed(error: unknown, { onError }: CheckedOptions): ErrorInfo {
  // In a promise, because `onError` may throw or reject.
  new Promise((resolve) => resolve(onError(error))).catch((failure) =>
    console.error(error, failure)
  );
  return refusedRequest(500, "No token could be issued");
}

/** Signs the grant. No member of the request gets here. */
async function issue(given: TokenGrant, { key, format }: CheckedOptions): Promise<Response> {
  // JavaScript code can return these: undefined from a branch without a return, or a session instead of a grant.
  if (typeof given !== "object") {
    throw invalidTokenParameter(
      `authorize returned ${kindOf(given)} instead of a grant, a Response or null`,
      "Return a grant such as { clientId, capability }, or null to refuse; look for a branch without a return.",
    );
  }
  const grant = readExactly(given, GRANT);
  const { clientId, capability, ttl, ...others } = grant;
  // Required, because a token without a capability has all rights of the key: a forgotten member would grant the most.
  if (capability === undefined) {
    throw invalidTokenParameter(
      "The grant that authorize returned has no capability",
      'List the rights of the token; { "*": ["*"] } is all rights of the key.',
    );
  }
  if (format === "tokenRequest") {
    // Refuse members that a token request cannot carry, because they may restrict the token.
    if (Object.keys(others).length > 0) {
      throw invalidTokenParameter(
        "A token request has only clientId, capability and ttl",
        'Use the format "jwt" for other members.',
      );
    }
    return json(await createTokenRequest(key, { clientId, capability, ttl }));
  }
  const token = await signJwt(key, grant);
  return new Response(token, { headers: { "content-type": "application/jwt" } });
}

function errorResponse(error: ErrorInfo): Response {
  return json({ error }, error.statusCode);
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json" },
  });
}
