import { createService, serve } from "@ably-edge/sdk/testing";

/** The service that carries the messages. */
export interface Backend extends AsyncDisposable {
  name: string;
  /** The API key, for servers only. */
  key: string;
  /** The client options for the address of the service. */
  options: { endpoint?: string; port?: number; tls?: boolean };
}

/** Chooses Ably if there is a key, and starts the local service otherwise. */
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
