import { Rest } from "@ably-edge/sdk/rest";
import { signJwt } from "@ably-edge/sdk/token";

export const runtime = "edge";

/** Publishes with a token that it signs itself, and reads the history. */
export async function GET(): Promise<Response> {
  const { key, ...address } = JSON.parse(process.env.SERVICE!);
  const token = await signJwt(key, { capability: { edge: ["publish", "history"] } });
  const channel = new Rest({ ...address, token }).channels.get("edge");
  await channel.publish("greeting", "Hello");
  const { items } = await channel.history();
  return Response.json({ received: items[0]?.data });
}
