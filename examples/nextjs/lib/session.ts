import "server-only";
import { jwtVerify, SignJWT } from "jose";
import { cookies } from "next/headers";
import { setting } from "./settings.ts";

const COOKIE = "session";
const LIFETIME = 12 * 60 * 60;
const ALGORITHM = "HS256";

/** The user of the current request, if the session in the cookie is valid. It works on Node and on the edge. */
export async function currentUser(): Promise<string | undefined> {
  const jwt = (await cookies()).get(COOKIE)?.value;
  if (jwt === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(jwt, secret(), { algorithms: [ALGORITHM] });
    return payload.sub;
  } catch {
    return undefined; // The session has expired, or its signature is not ours.
  }
}

/** Starts a session. */
export async function beginSession(user: string): Promise<void> {
  const jwt = await new SignJWT().setProtectedHeader({ alg: ALGORITHM })
    .setSubject(user).setExpirationTime(`${LIFETIME} seconds`).sign(secret());
  (await cookies()).set(COOKIE, jwt, {
    httpOnly: true,
    secure: true,
    sameSite: "strict",
    maxAge: LIFETIME,
  });
}

/** Ends the session in this browser. */
export async function endSession(): Promise<void> {
  (await cookies()).delete(COOKIE);
}

function secret(): Uint8Array {
  return new TextEncoder().encode(setting("SESSION_SECRET"));
}
