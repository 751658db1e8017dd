import type { AppSetup } from "./app_setup.ts";
import { AblyApp, type AppSources } from "./ably_app.ts";

/** The apps of a service. */
export class AppRegistry {
  readonly #apps = new Map<string, AblyApp>();
  readonly #sources: AppSources;

  constructor(sources: Omit<AppSources, "findApp">) {
    this.#sources = { ...sources, findApp: (key) => this.ofKey(key) };
  }

  create(setup: AppSetup): AblyApp {
    const app = new AblyApp(setup, this.#sources);
    this.#apps.set(app.id, app);
    return app;
  }

  get(id: string): AblyApp | undefined {
    return this.#apps.get(id);
  }

  values(): AblyApp[] {
    return [...this.#apps.values()];
  }

  /** The app of a key name, key or token: each of them begins with the app's id. */
  ofName(name: string): AblyApp | undefined {
    const dot = name.indexOf(".");
    return dot < 0 ? undefined : this.#apps.get(name.slice(0, dot));
  }

  /** The app of a whole key, `appId.keyId:secret`; undefined if the secret is wrong. */
  ofKey(key: string): AblyApp | undefined {
    const colon = key.indexOf(":");
    const name = key.slice(0, Math.max(colon, 0));
    const app = this.ofName(name);
    return app?.keyNamed(name)?.secret === key.slice(colon + 1) ? app : undefined;
  }

  delete(id: string): void {
    this.#apps.get(id)?.close();
    this.#apps.delete(id);
  }

  close(): void {
    for (const app of this.#apps.values()) app.close();
  }
}
