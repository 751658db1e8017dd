import { Rest } from "@ably-edge/sdk";
import { smoke } from "../smoke.ts";

// A client for REST may be made before there is a request.
export const rest = new Rest("appId.keyId:secret");

export default {
  async test(_controller: unknown, { SERVICE }: { SERVICE: string }): Promise<void> {
    await smoke(JSON.parse(SERVICE));
  },
};
