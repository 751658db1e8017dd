import { LiveObjects } from "@ably-edge/sdk/liveobjects";
import { Realtime } from "@ably-edge/sdk/realtime";
import { CHANNEL, follow, OPTIONS, type Results } from "../poll.ts";

/** The elements that show the votes for an option. */
interface Row {
  meter: HTMLMeterElement;
  count: HTMLOutputElement;
}

const client = new Realtime({
  authUrl: `/token${location.search}`,
  plugins: { LiveObjects },
});
addEventListener("pagehide", () => void client.close());

const rows = new Map(OPTIONS.map((option) => [option, addRow(option)]));
const channel = client.channels.get(CHANNEL, { modes: ["object_subscribe"] });
follow(channel, show).catch(report);

function show(results: Results): void {
  const total = Object.values(results).reduce((sum, votes) => sum + votes, 0);
  for (const [option, { meter, count }] of rows) {
    const votes = results[option] ?? 0;
    meter.max = Math.max(total, 1);
    meter.value = votes;
    count.value = String(votes);
  }
}

/** A button to vote, a bar with the share of the votes, and their number. */
function addRow(option: string): Row {
  const button = document.createElement("button");
  button.textContent = option;
  button.onclick = () => void vote(option).catch(report);
  const meter = document.createElement("meter");
  meter.ariaLabel = `Share of the votes for ${option}`;
  const count = document.createElement("output");
  count.ariaLabel = `Votes for ${option}`;
  document.querySelector("#options")!.append(button, meter, count);
  return { meter, count };
}

async function vote(option: string): Promise<void> {
  const proof = `${location.search}&option=${encodeURIComponent(option)}`;
  const response = await fetch(`/vote${proof}`, { method: "POST" });
  report(response.ok ? "" : await response.text());
}

function report(problem: unknown): void {
  document.querySelector("#problem")!.textContent = String(problem);
}
