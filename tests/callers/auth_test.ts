import { json, KEY } from "../support/fake_service.ts";
import { client } from "../support/fake_service.ts";
import type { Answer, Parts } from "../support/fake_service.ts";
import type { ClientOptions, TokenDetails } from "../../mod.ts";
import { type Call, testCalls } from "./support/calls.ts";
import type { Plain } from "./support/odd_objects.ts";

const CAPABILITY = { lobby: ["subscribe"], news: ["history"] };
const PARAMS = {
  clientId: "jim",
  capability: CAPABILITY,
  ttl: 60_000,
  timestamp: 5_000,
  nonce: "0123456789abcdef",
};
const DETAILS = { token: "given", clientId: "jim", expires: 9e15, issued: 1, capability: "{}" };
const URL_OPTIONS = {
  authUrl: "https://auth.example/token?a=1",
  authMethod: "POST",
  authHeaders: { "x-a": "1" },
  authParams: { b: "2" },
};

const answers: Answer = ({ url }) => {
  if (url.host === "auth.example") return json(DETAILS);
  if (url.pathname === "/time") return json([5_000]);
  return json(
    url.pathname.endsWith("revokeTokens") ? { results: [] } : { ...DETAILS, token: "new" },
  );
};

/** A call of `auth`, seen by its result and by what was sent. */
function auth(
  name: string,
  given: Plain,
  call: (auth: Parts["auth"], given: never) => Promise<unknown>,
  more: Partial<Call> & { options?: ClientOptions } = {},
): Call {
  return {
    name: `auth.${name}`,
    given,
    ready: () => {
      const { auth, network } = client({ key: KEY, ...more.options }, answers);
      return async (given: never) => {
        const result = await call(auth, given);
        const requests = network.seen.map(({ method, url, headers, body }) => [
          method,
          url.href,
          headers.get("x-a"),
          body,
        ]);
        return [result, requests, auth.clientId];
      };
    },
    ...more,
  };
}

const open = { isOpen: true };
const SIGNED = { timestamp: 5_000, nonce: "0123456789abcdef" };

testCalls([
  auth("createTokenRequest(params)", PARAMS, (auth, params) => auth.createTokenRequest(params)),
  auth(
    "createTokenRequest({ capability })",
    CAPABILITY,
    (auth, capability) => auth.createTokenRequest({ ...SIGNED, capability }),
    open,
  ),
  auth(
    "createTokenRequest(params, options)",
    { key: "other.key:x" },
    (auth, options) => auth.createTokenRequest(SIGNED, options),
    {
      options: { key: KEY },
    },
  ),
  auth("requestToken(params)", PARAMS, (auth, params) => auth.requestToken(params)),
  auth(
    "requestToken(null, options)",
    URL_OPTIONS,
    (auth, options) => auth.requestToken(PARAMS as never, options),
  ),
  auth(
    "requestToken(null, { authHeaders })",
    { "x-a": "1", "x-b": "2" },
    (auth, authHeaders) => auth.requestToken(null, { ...URL_OPTIONS, authHeaders } as never),
    open,
  ),
  auth(
    "requestToken(null, { authParams })",
    { a: "1", b: "2" },
    (auth, authParams) => auth.requestToken(null, { ...URL_OPTIONS, authParams } as never),
    open,
  ),
  auth("authorize(params)", PARAMS, (auth, params) => auth.authorize(params)),
  auth("authorize(null, options)", URL_OPTIONS, (auth, options) => auth.authorize(null, options)),
  auth(
    "authorize(null, { tokenDetails })",
    DETAILS,
    (auth, tokenDetails) => auth.authorize(null, { tokenDetails }),
  ),
  auth("authorize(null, { token })", DETAILS, (auth, token) => auth.authorize(null, { token })),
  auth(
    "authorize(null, { authCallback })",
    DETAILS,
    (auth, details: TokenDetails) => auth.authorize(null, { authCallback: () => details }),
    { isLate: true },
  ),
  auth(
    "revokeTokens(specifier)",
    { type: "clientId", value: "jim" },
    (auth, specifier) => auth.revokeTokens(specifier),
  ),
  auth(
    "revokeTokens([specifier])",
    { type: "clientId", value: "jim" },
    (auth, specifier) => auth.revokeTokens([specifier]),
  ),
  auth(
    "revokeTokens(specifier, options)",
    { issuedBefore: 5, allowReauthMargin: true },
    (auth, options) => auth.revokeTokens({ type: "clientId", value: "jim" }, options),
  ),
]);
