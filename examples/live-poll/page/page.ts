import { LiveObjects } from "@ably-edge/sdk/liveobjects";
import { Realtime } from "@ably-edge/sdk/realtime";
import { CHANNEL, follow, OPTIONS, type Results } from "../poll.ts";

const client = new Realtime({
  authUrl: `/token${location.search}`,
  plugins: { LiveObjects },
});
addEventListener("pagehide", () => void client.close());

const rows = new Map(OPTIONS.map((option) => [option, addRow(option)]));
const channel = client.channels.get(CHANNEL, { modes: ["object_subscribe"] });
follow(channel, show).catch((error) => document.body.append(String(error)));

function show(results: Results): void {
  for (const [option, row] of rows) row.value = results[option] ?? 0;
}

/** A button to vote, and a bar that grows. */
function addRow(option: string): HTMLMeterElement {
  const button = document.createElement("button");
  button.textContent = option;
  const proof = `${location.search}&option=${encodeURIComponent(option)}`;
  button.onclick = () => void fetch(`/vote${proof}`, { method: "POST" });
  const meter = document.createElement("meter");
  meter.max = 20;
  document.body.append(button, meter, document.createElement("br"));
  return meter;
}
