import { useState } from "react";
import type { SignedIn } from "../server/app.ts";
import { useLobby } from "./useLobby.ts";

/** The users who are here, their notes, and a field for a new one. */
export function Lobby({ session, onSignOut }: { session: SignedIn; onSignOut: () => void }) {
  const { state, members, notes, publish } = useLobby(session);
  const [error, setError] = useState("");

  async function submit(form: FormData) {
    const text = String(form.get("text")).trim();
    if (text === "") return;
    try {
      await publish(text);
      setError("");
    } catch (error) {
      setError(String(error));
    }
  }

  return (
    <main className="card">
      <header>
        <h1>Lobby</h1>
        <span className="state" data-state={state} role="status">{state}</span>
        <button type="button" className="quiet" onClick={onSignOut}>Sign out</button>
      </header>
      <ul className="members" aria-label="Here now">
        {members.map((name) => <li key={name}>{name}</li>)}
      </ul>
      <ol className="notes" aria-live="polite">
        {notes.map(({ id, author, text }) => (
          <li key={id} className={author === session.user ? "own" : ""}>
            <b>{author}</b> {text}
          </li>
        ))}
      </ol>
      <form className="row" action={submit}>
        <input name="text" aria-label="Note" placeholder="Write a note" maxLength={500} />
        <button type="submit">Send</button>
      </form>
      <p role="alert">{error}</p>
    </main>
  );
}
