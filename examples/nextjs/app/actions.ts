"use server";

import { createHash, timingSafeEqual } from "node:crypto";
import { publishNote } from "../lib/ably.ts";
import { beginSession, currentUser, endSession } from "../lib/session.ts";
import { setting } from "../lib/settings.ts";

// Next.js refuses calls of these functions by pages of other sites. Everyone can call them with any arguments, so each of them
// checks the session and what it is given.

const MAX_NOTE = 500;
// A token for `*` would be valid for any name.
const SAFE_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/** Signs a user in. Returns the reason if it cannot. */
export async function signIn(_: string, form: FormData): Promise<string> {
  const user = String(form.get("user"));
  if (!isSame(String(form.get("password")), setting("DEMO_PASSWORD"))) return "Wrong password";
  if (!SAFE_NAME.test(user)) return "A name has up to 32 letters, digits, - and _";
  await beginSession(user);
  return "";
}

/** Signs the user out. */
export async function signOut(): Promise<void> {
  await endSession();
}

/** Publishes a note. Returns the reason if it cannot. */
export async function writeNote(_: string, form: FormData): Promise<string> {
  const user = await currentUser();
  if (user === undefined) return "Sign in first";
  const text = String(form.get("text")).trim();
  if (text === "" || text.length > MAX_NOTE) return `A note has 1 to ${MAX_NOTE} characters`;
  await publishNote(user, text);
  return "";
}

/** Compares hashes, which have the same length, in constant time. */
function isSame(given: string, wanted: string): boolean {
  const [one, other] = [given, wanted].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one!, other!);
}
