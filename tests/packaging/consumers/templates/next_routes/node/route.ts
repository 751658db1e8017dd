import { Realtime } from "@ably-edge/sdk";
import { Rest } from "@ably-edge/sdk/rest";

export const dynamic = "force-dynamic";

/** Receives over a connection what it publishes over HTTP. */
export async function GET(): Promise<Response> {
  const address = JSON.parse(process.env.SERVICE!);
  const client = new Realtime(address);
  const channel = client.channels.get("next");
  await channel.attach();
  const received = channel.messages("greeting").next();
  await new Rest(address).channels.get("next").publish("greeting", "Hello");
  const { value } = await received;
  await client.close();
  return Response.json({ received: value?.data });
}
