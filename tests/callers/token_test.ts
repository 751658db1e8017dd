import type { SigningSources } from "../../src/token/mod.ts";
import { createTokenRequest, signJwt, tokenEndpoint } from "../../src/token/mod.ts";
import { fromBase64Lenient, fromUtf8 } from "../../src/util/bytes.ts";
import { type Call, testCalls } from "./support/calls.ts";

const KEY = "app.key:secret";
const CAPABILITY = { lobby: ["subscribe"], news: ["history"] };
const PARAMS = {
  clientId: "jim",
  capability: CAPABILITY,
  ttl: 60_000,
  timestamp: 1_700_000_000_000,
  nonce: "0123456789abcdef",
};
const { nonce: _nonce, ...JWT_PARAMS } = PARAMS;
const SOURCES: SigningSources = {
  now: () => 1_700_000_000_000,
  random: { bytes: (length) => new Uint8Array(length).fill(7), number: () => 0.5 },
};
const GRANT = { clientId: "jim", capability: CAPABILITY, ttl: 60_000 };

function payload(jwt: string): object {
  return JSON.parse(fromUtf8(fromBase64Lenient(jwt.split(".")[1]!)));
}

async function answerOf(handler: (request: Request) => Promise<Response>): Promise<unknown> {
  const response = await handler(new Request("https://example.com/token?clientId=jim"));
  const text = fromUtf8(await response.arrayBuffer());
  if (response.status !== 200) return [response.status, text];
  const { iat, exp, mac: _mac, nonce: _nonce, timestamp: _time, ...rest } =
    (text.startsWith("{") ? JSON.parse(text) : payload(text)) as Record<string, number>;
  return [rest, exp! - iat!];
}

/** Grants are the endpoint's to read; a bad one is a mistake of this side. */
function granting(format: "jwt" | "tokenRequest"): Call["ready"] {
  return () => async (grant: never) => {
    let failure: unknown;
    const onError = (error: unknown) => void (failure = error);
    const answer = await answerOf(
      tokenEndpoint({ key: KEY, authorize: () => grant, format, onError }),
    );
    if (failure !== undefined) throw failure;
    return answer;
  };
}

testCalls([
  {
    name: "createTokenRequest(key, params)",
    given: PARAMS,
    ready: () => (params: never) => createTokenRequest(KEY, params),
  },
  {
    name: "createTokenRequest(key, { capability })",
    given: CAPABILITY,
    isOpen: true,
    ready: () => (capability: never) => createTokenRequest(KEY, { ...PARAMS, capability }),
  },
  {
    name: "createTokenRequest(key, params, sources)",
    given: { ...SOURCES },
    ready: () => async (sources: never) => {
      const { timestamp, nonce } = await createTokenRequest(KEY, null, sources);
      return [timestamp === 1_700_000_000_000, nonce.startsWith("BwcH")];
    },
  },
  {
    name: "signJwt(key, params)",
    given: {
      ...JWT_PARAMS,
      clientType: "device",
      revocationKey: "r",
      channelClaims: { lobby: "guest" },
      roomClaims: { lobby: "host" },
      publishRates: { "*": 1 },
      claims: { sub: "u1" },
    },
    ready: () => (params: never) => signJwt(KEY, params),
  },
  {
    name: "signJwt(key, params, sources)",
    given: { now: SOURCES.now },
    ready: () => (sources: never) => signJwt(KEY, GRANT as never, sources).then(payload),
  },
  ...["capability", "claims", "channelClaims", "roomClaims", "publishRates"].map((name): Call => ({
    name: `signJwt(key, { ${name} })`,
    given: name === "publishRates" ? { "*": 1, lobby: 2 } : CAPABILITY,
    isOpen: true,
    ready: () => (given: never) => signJwt(KEY, { ...JWT_PARAMS, [name]: given } as never),
  })),
  {
    name: "tokenEndpoint(options)",
    given: { key: KEY, authorize: () => GRANT, format: "tokenRequest", maxBodySize: 5 },
    ready: () => (options: never) => answerOf(tokenEndpoint(options)),
  },
  {
    name: "tokenEndpoint's authorize, for a JWT",
    given: { ...GRANT, publishRates: { "*": 1 } },
    isLate: true,
    ready: granting("jwt"),
  },
  {
    name: "tokenEndpoint's authorize, for a token request",
    given: GRANT,
    isLate: true,
    ready: granting("tokenRequest"),
  },
]);
