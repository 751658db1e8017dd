import { smoke } from "../smoke.ts";

declare global {
  interface ImportMeta {
    env: { VITE_SERVICE: string };
  }
}

await smoke(JSON.parse(import.meta.env.VITE_SERVICE));
