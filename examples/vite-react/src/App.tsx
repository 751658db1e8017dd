import { useEffect, useState } from "react";
import type { SignedIn } from "../server/app.ts";
import { Lobby } from "./Lobby.tsx";
import { SignIn } from "./SignIn.tsx";

/** The lobby for users who are signed in, and the form for others. */
export function App() {
  /** `undefined` until the server has answered, `null` if the user is not signed in. */
  const [session, setSession] = useState<SignedIn | null>();

  useEffect(() => {
    fetch("/api/session")
      .then(async (response) => setSession(await response.json()))
      .catch(() => setSession(null));
  }, []);

  async function signOut() {
    await fetch("/api/session", { method: "DELETE" });
    setSession(null);
  }

  if (session === undefined) return null;
  if (session === null) return <SignIn onSignedIn={setSession} />;
  return <Lobby session={session} onSignOut={signOut} />;
}
