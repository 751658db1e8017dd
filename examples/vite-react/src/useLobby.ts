import { Realtime, type RealtimeChannel } from "@ably-edge/sdk/realtime";
import { useCallback, useEffect, useRef, useState } from "react";
import type { SignedIn } from "../server/app.ts";

/** A note in the lobby. */
export interface Note {
  id: string;
  author: string;
  text: string;
}

const MAX_NOTES = 50;

/** Connects while the component is shown, and keeps what it shows: the connection, the members and the latest notes. */
export function useLobby({ user, service }: SignedIn) {
  const [state, setState] = useState("connecting");
  const [members, setMembers] = useState<readonly string[]>([]);
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const channel = useRef<RealtimeChannel>(null);

  // The client is made in the effect: React may render a component that it never shows, and runs effects twice in development.
  useEffect(() => {
    const client = new Realtime({ ...service, authUrl: "/api/token" });
    const lobby = client.channels.get("lobby", { params: { rewind: "10" } });
    channel.current = lobby;
    client.connection.on(({ current }) => setState(current));
    const leave = () => void client.close(); // Otherwise others would see a closed page for a while.
    addEventListener("pagehide", leave);

    const enter = async () => {
      await lobby.subscribe("note", ({ id, clientId, data }) => {
        const note = { id, author: clientId ?? "", text: String(data) };
        // After a long outage the rewind contains notes that are already shown.
        setNotes((shown) =>
          shown.some((one) => one.id === id) ? shown : [...shown, note].slice(-MAX_NOTES)
        );
      });
      await lobby.presence.subscribe(async () => {
        const present = await lobby.presence.get({ waitForSync: false });
        setMembers([...new Set(present.map(({ clientId }) => clientId))].sort());
      });
      await lobby.presence.enter();
    };
    enter().catch(() => {}); // The state and the log show why, if it was not the end of this effect.

    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, [user, service]);

  const publish = useCallback((text: string) => channel.current!.publish("note", text), []);
  return { state, members, notes, publish };
}
