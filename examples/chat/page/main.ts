import { ErrorInfo } from "@ably-edge/sdk/realtime";
import type { SignedIn } from "./signed_in.ts";
import { readInvitation } from "./invitation.ts";
import { Room } from "./room.ts";
import { View } from "./view.ts";

/** The time after the last key press for which a user counts as typing, in milliseconds. */
const TYPING_TIME = 3000;

// Stored for this tab only, so that two tabs can be two users.
const STORED = "signed-in";

let user = "";
const view = new View(() => user);
const invitation = await readInvitation();

const stored = sessionStorage.getItem(STORED);
if (stored === null) {
  view.entrance.addEventListener("submit", signIn);
  view.showEntrance();
} else {
  await enter(JSON.parse(stored));
}

async function signIn(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const body = JSON.stringify({ name: view.name.value });
  const response = await fetch("session", { method: "POST", body });
  const answer = await response.json();
  if (!response.ok) return view.showEntranceError(answer.error);
  sessionStorage.setItem(STORED, JSON.stringify(answer));
  await enter(answer);
}

async function enter(signedIn: SignedIn): Promise<void> {
  user = signedIn.user;
  view.showRoom(invitation.room);
  const room = new Room(signedIn, invitation, {
    onConnection: ({ current, reason }) => {
      view.showConnection(current);
      if (current === "connected") view.showError("");
      else if (current === "failed") signOut(reason?.message);
    },
    onLine: (line) => view.showLine(line),
    onMembers: (members) => view.showMembers(members),
    onError: showError,
  });
  view.composer.addEventListener("submit", (event) => {
    event.preventDefault();
    void say(room);
  });
  view.text.addEventListener("input", () => void noteTyping(room));
  view.invite.addEventListener("click", copyInvitation);
  addEventListener("hashchange", () => location.reload()); // Another invitation.
  addEventListener("online", () => room.reconnect());
  addEventListener("pagehide", () => room.leave());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload(); // The page left the room before the browser cached it.
  });
  await trying(() => room.enter());
}

async function say(room: Room): Promise<void> {
  const text = view.text.value.trim();
  if (text === "") return;
  const id = crypto.randomUUID();
  view.text.value = "";
  view.showLine({ id, author: user, text, time: new Date() }, { isPending: true });
  stopTyping(room);
  if (await trying(() => room.say(text, id))) return;
  view.removeLine({ id, author: user });
  view.text.value = text;
}

let typingTimer: ReturnType<typeof setTimeout> | undefined;

function noteTyping(room: Room): Promise<boolean> {
  clearTimeout(typingTimer);
  if (view.text.value === "") return stopTyping(room);
  typingTimer = setTimeout(() => void stopTyping(room), TYPING_TIME);
  return trying(() => room.setTyping(true));
}

function stopTyping(room: Room): Promise<boolean> {
  clearTimeout(typingTimer);
  return trying(() => room.setTyping(false));
}

async function copyInvitation(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  view.invite.textContent = "Copied";
  setTimeout(() => view.invite.textContent = "Copy invitation", 2000);
}

/** Ends a session that the server no longer knows, for example after its restart. */
function signOut(why: string | undefined): void {
  sessionStorage.removeItem(STORED);
  view.showError(`${why ?? "The connection failed"}. Reload the page to sign in again.`);
}

/** Calls a function, and shows its error. */
async function trying(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}

function showError(error: unknown): void {
  view.showError(error instanceof ErrorInfo ? error.message : String(error));
}
