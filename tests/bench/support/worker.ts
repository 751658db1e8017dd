import { contender, type Job, VENDORS, type Work } from "./realtime_contenders.ts";
import { restPublisher } from "./publish_contenders.ts";
import { signer } from "./token_contenders.ts";

declare class WebSocketPair {
  0: WebSocket;
  1: WebSocket & { accept(): void };
}

// The clock of a Worker stands still while it computes, so the caller measures. It asks for the work over a WebSocket.
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade") === null) return new Response("ready");
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const { 0: webSocket, 1: caller } = new WebSocketPair();
    caller.accept();
    const job = await jobOf(query);
    caller.addEventListener("message", async () => {
      await job.work();
      caller.send("done");
    });
    caller.addEventListener("close", () => void job.close());
    caller.send(String(job.units));
    return new Response(null, { status: 101, webSocket } as ResponseInit);
  },
};

async function jobOf({ kind, name, port, work }: Record<string, string>): Promise<Job> {
  switch (kind) {
    case "rest":
      return restPublisher(name!, work!, Number(port));
    case "token":
      return await signer(name!, Number(work));
    default: {
      const vendor = VENDORS.find((vendor) => vendor === name)!;
      return await contender(vendor, JSON.parse(work!) as Work, Number(port));
    }
  }
}
