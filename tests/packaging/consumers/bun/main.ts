import { smoke } from "../smoke.ts";

declare const Bun: { env: Record<string, string> };

await smoke(JSON.parse(Bun.env.SERVICE!));
