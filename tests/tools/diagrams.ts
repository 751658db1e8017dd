/**
 * Draws the state machines anew into `docs/architecture.md`.
 *
 * @module
 */
import { withDiagrams } from "../docs/support/state_diagrams.ts";

const FILE = new URL("../../docs/architecture.md", import.meta.url);

Deno.writeTextFileSync(FILE, withDiagrams(Deno.readTextFileSync(FILE)));
