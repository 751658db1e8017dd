import { hmacSha256 } from "../../token/hmac.ts";
import { fromUtf8, toBase64Url, utf8 } from "../../util/bytes.ts";
import { readAtMost } from "../../util/read_body.ts";
import { systemRandom } from "../../util/random.ts";
import { sealJwt } from "../auth/jwe.ts";

/** The parameters of a request: those of its query, and the fields of a form in its body. */
type Asked = ReadonlyMap<string, string>;

const DEFAULT_LIFETIME = 3600;
const MAX_BODY = 1024 * 1024;
// With the charset, as the original sends it.
const JSON_TYPE = "application/json; charset=utf-8";
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "*",
  "Access-Control-Allow-Headers": "*",
};

/**
 * Acts as the servers around Ably that its test suites use: `echo.ably.io`, which sends requested responses and signs JWTs, and
 * the page for checking the internet connection.
 *
 * | request | answer |
 * |---|---|
 * | `/?type=json&body=…&status=200` | the body; for a posted form, its fields as JSON |
 * | `/qs_to_body` | the query as JSON |
 * | `/respondwith?status=500&body=…` | a status |
 * | `/createJWT?keyName=…&keySecret=…` | a JWT; more in `clientId`, `capability`, `expiresIn` (seconds), `innerToken`,
 * `encrypted=1`, `returnType=jwt` |
 * | `/methods` | the method of the request |
 * | `/is-the-internet-up.txt` | `yes` |
 *
 * @returns The answer; 404 for everything else, `GET /` included. WebSockets are not accepted.
 *
 * @example An address for a test of authUrl
 * ```ts ignore
 * import { answerEcho } from "@ably-edge/sdk/testing";
 *
 * await using server = Deno.serve({ port: 0, hostname: "127.0.0.1" }, answerEcho);
 * console.log(`authUrl: http://127.0.0.1:${server.addr.port}/?type=json&body=…`);
 * ```
 */
export async function answerEcho(request: Request): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
  const url = new URL(request.url);
  const form = await readForm(request);
  if (form === undefined) return answer(413, "The request body is too large");
  const asked = new Map([...url.searchParams, ...form]);
  switch (url.pathname.toLowerCase()) {
    case "/":
      return echo(asked, form);
    case "/qs_to_body":
      return json(Object.fromEntries(url.searchParams));
    case "/respondwith":
      return answer(statusOf(asked), asked.get("body") ?? "", typeOf(asked));
    case "/createjwt":
      return await answerJwt(asked);
    case "/methods":
      return json([{ method: request.method.toLowerCase() }]);
    case "/is-the-internet-up.txt":
      return answer(200, "yes\n");
    default:
      return answer(404, "There is nothing here");
  }
}

function echo(asked: Asked, form: Asked): Response {
  const body = asked.get("body");
  if (body === undefined && form.size > 0) return json(Object.fromEntries(form), statusOf(asked));
  if (body === undefined) return answer(404, "Ask for a type and a body");
  return answer(statusOf(asked), body, typeOf(asked));
}

function typeOf(asked: Asked): string {
  return asked.get("type") === "json" ? JSON_TYPE : "text/plain";
}

async function answerJwt(asked: Asked): Promise<Response> {
  const keyName = asked.get("keyName");
  const secret = asked.get("keySecret");
  if (!keyName || !secret) {
    return answer(400, "A JWT needs a keyName and a keySecret");
  }
  const issued = Math.floor(Date.now() / 1000);
  const claims = {
    "iat": issued,
    "exp": issued + Number(asked.get("expiresIn") || DEFAULT_LIFETIME),
    "x-ably-clientId": asked.get("clientId"),
    "x-ably-capability": asked.get("capability"),
    "x-ably-token": asked.get("innerToken"),
  };
  const jwt = await sign({ typ: "JWT", alg: "HS256", kid: keyName }, claims, secret);
  const type = asked.get("returnType") === "jwt" ? "application/jwt" : "text/plain";
  if (!/^(1|true)$/.test(asked.get("encrypted") ?? "")) return answer(200, jwt, type);
  return answer(200, await sealJwt(jwt, { keyName, secret, random: systemRandom }), type);
}

async function sign(header: object, claims: object, secret: string): Promise<string> {
  const content = [header, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
  return `${content}.${toBase64Url(await hmacSha256(secret, content))}`;
}

/** The fields of a posted form; undefined if it is too large. */
async function readForm(request: Request): Promise<Asked | undefined> {
  // Read it first: in Bun it is gone after the body was read.
  const type = request.headers.get("Content-Type") ?? "";
  const { bytes, isAll } = await readAtMost(request, MAX_BODY);
  if (!isAll) return undefined;
  return new Map(
    type.includes("x-www-form-urlencoded") ? new URLSearchParams(fromUtf8(bytes)) : [],
  );
}

function statusOf(asked: Asked): number {
  const status = Number(asked.get("status") ?? 200);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 400;
}

function json(value: unknown, status = 200): Response {
  return answer(status, JSON.stringify(value), JSON_TYPE);
}

function answer(status: number, body: string, type = "text/plain"): Response {
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : body, {
    status,
    headers: { ...CORS, "Content-Type": type, "X-Content-Type-Options": "nosniff" },
  });
}
