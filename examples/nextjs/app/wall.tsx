"use client";

import { Realtime } from "@ably-edge/sdk/realtime";
import { useActionState, useEffect, useState } from "react";
import type { Note, Service } from "../lib/ably.ts";
import { signOut, writeNote } from "./actions.ts";

const MAX_NOTES = 50;

/** The notes, as they come, and a field for a new one. */
export function Wall(
  { user, service, latest }: { user: string; service: Service; latest: Note[] },
) {
  const { state, notes } = useWall(service, latest);
  const [error, submit, isPending] = useActionState(writeNote, "");
  return (
    <main className="card">
      <header>
        <h1>Wall</h1>
        <span className="state" data-state={state} role="status">{state}</span>
        <form action={signOut}>
          <button type="submit" className="quiet">Sign out</button>
        </form>
      </header>
      <ol className="notes" aria-live="polite">
        {notes.map(({ id, author, text }) => (
          <li key={id} className={author === user ? "own" : ""}>
            <b>{author}</b> {text}
          </li>
        ))}
      </ol>
      <form className="row" action={submit}>
        <input name="text" aria-label="Note" placeholder="Write a note" maxLength={500} />
        <button type="submit" disabled={isPending}>Send</button>
      </form>
      <p role="alert">{error}</p>
    </main>
  );
}

/** Connects while the page is shown, and adds new notes to the latest. */
function useWall(service: Service, latest: Note[]) {
  const [state, setState] = useState("connecting");
  const [notes, setNotes] = useState(latest);
  const { endpoint, port, tls } = service;

  // Only the browser runs effects, so the server, which renders this component too, does not connect.
  useEffect(() => {
    const client = new Realtime({ endpoint, port, tls, authUrl: "/api/token" });
    // The rewind closes the gap between the server's answer and the connection.
    const wall = client.channels.get("wall", { params: { rewind: "10" } });
    client.connection.on(({ current }) => setState(current));
    const leave = () => void client.close();
    addEventListener("pagehide", leave);
    wall.subscribe("note", ({ id, clientId, data }) => {
      const note = { id, author: clientId ?? "", text: String(data) };
      setNotes((shown) =>
        shown.some((one) => one.id === id) ? shown : [...shown, note].slice(-MAX_NOTES)
      );
    }).catch(() => {}); // The state and the log show why, if it was not the end of this effect.
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, [endpoint, port, tls]);

  return { state, notes };
}
