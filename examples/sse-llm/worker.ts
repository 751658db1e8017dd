/**
 * A Worker that streams the answers of a language model to pages, as server-sent events. See the README.
 */
import { createApp } from "./app.ts";
import { fakeModel } from "./model.ts";

/** Call your model here. */
const app = createApp((question) => fakeModel(question, () => scheduler.wait(80)));

/** The timer of Workers. */
declare const scheduler: { wait(milliseconds: number): Promise<void> };

export default { fetch: app.fetch };
