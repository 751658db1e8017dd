import { createService, serve } from "@ably-edge/sdk/testing";

/** Where the messages go through. */
export interface Backend extends AsyncDisposable {
  name: string;
  /** The API key; only servers have it. */
  key: string;
  /** What clients need beside credentials in order to find the service. */
  options: { endpoint?: string; port?: number; tls?: boolean };
}

/** Chooses Ably if there is a key for it, and starts the local service otherwise. */
export async function chooseBackend(key: string | undefined): Promise<Backend> {
  if (key) return { name: "Ably", key, options: {}, async [Symbol.asyncDispose]() {} };
  const service = createService();
  const served = await serve(service);
  const { key: localKey, ...options } = served.options();
  return {
    name: `the local service at ${served.url}`,
    key: localKey,
    options,
    async [Symbol.asyncDispose]() {
      await service.close();
      await served.close();
    },
  };
}
