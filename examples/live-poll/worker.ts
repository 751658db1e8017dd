/**
 * A poll with live results. The Worker checks each voter and writes over REST; the page subscribes with a token that permits
 * nothing else. See the README.
 */
import { LiveObjects } from "@ably-edge/sdk/liveobjects";
import { Rest } from "@ably-edge/sdk/rest";
import { tokenEndpoint } from "@ably-edge/sdk/token";
import { CHANNEL, OPTIONS } from "./poll.ts";

export interface Env {
  /** The API key. It stays here: pages get tokens. */
  ABLY_API_KEY: string;
  /** A long random secret, by which invitations are signed. Without it, all requests are refused. */
  POLL_SECRET?: string;
}

const TOKEN_LIFETIME = 30 * 60 * 1000;
const SAFE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

let rest: Rest | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const voter = await voterOf(searchParams, env.POLL_SECRET);
    if (voter === undefined) return new Response("You are not invited", { status: 401 });
    if (pathname === "/token") return await issueToken(env, voter)(request);
    if (pathname !== "/vote") return new Response("There is nothing here", { status: 404 });
    if (request.method !== "POST") return new Response("POST a vote", { status: 405 });
    const option = searchParams.get("option") ?? "";
    if (!OPTIONS.includes(option)) return new Response("No such option", { status: 400 });
    rest ??= new Rest({ key: env.ABLY_API_KEY, plugins: { LiveObjects } });
    // One key for each voter, so a second vote replaces the first.
    await rest.channels.get(CHANNEL).object.publish({
      objectId: "root",
      mapSet: { key: voter, value: { string: option } },
    });
    return new Response(null, { status: 204 });
  },
};

/** Signs an invitation: the query to append to the address of the page. */
export async function invitation(voter: string, secret: string): Promise<string> {
  return `?voter=${encodeURIComponent(voter)}&proof=${await proofOf(voter, secret)}`;
}

function issueToken({ ABLY_API_KEY }: Env, voter: string): (request: Request) => Promise<Response> {
  return tokenEndpoint({
    key: ABLY_API_KEY,
    authorize: () => ({
      clientId: voter,
      capability: { [CHANNEL]: ["object-subscribe"] },
      ttl: TOKEN_LIFETIME,
    }),
  });
}

/** The invited voter, if the proof is valid. */
async function voterOf(params: URLSearchParams, secret?: string): Promise<string | undefined> {
  const voter = params.get("voter") ?? "";
  const proof = params.get("proof") ?? "";
  if (!secret || !SAFE_NAME.test(voter) || !/^[0-9a-f]{64}$/.test(proof)) return undefined;
  const mac = Uint8Array.from(proof.match(/../g)!, (digits) => parseInt(digits, 16));
  const isValid = await crypto.subtle.verify("HMAC", await keyOf(secret), mac, bytesOf(voter));
  return isValid ? voter : undefined;
}

async function proofOf(voter: string, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await keyOf(secret), bytesOf(voter));
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign", "verify"]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
