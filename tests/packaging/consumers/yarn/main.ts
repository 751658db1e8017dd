import process from "node:process";
import { smoke } from "../smoke.ts";

await smoke(JSON.parse(process.env.SERVICE!));
