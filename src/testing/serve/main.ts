/**
 * Runs the local service on a port: `deno task serve`.
 *
 * @module
 */
import { createService } from "../service.ts";
import { serve } from "./serve.ts";

const service = createService();
const served = await serve(service, { port: 8080 });
console.log(`The local service listens on ${served.url}`);
console.log(served.options());
