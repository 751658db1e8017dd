import { createService, serve } from "../../../src/testing/mod.ts";
import { printed, type Printer, type Program, type Project } from "./programs.ts";

/** A mistake that people make in their first hours. */
export interface Mistake {
  name: string;
  /** The body of an async function. It has `options` for a client, `only(capability)` for a token, and `ended(client)`. */
  code: string;
  /** The code of the error, or the words of the warning, that must be printed. */
  says: number | RegExp;
  /** The words of the remedy. */
  remedy: RegExp;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "wrong secret in the key",
    code: `const key = options.key.replace(/:.*/, ":wrong");
await new Rest({ ...options, key }).channels.get("c").publish("n", "d");`,
    says: 40101,
    remedy: /Use the key that/,
  },
  {
    name: "wrong secret, realtime",
    code: `const key = options.key.replace(/:.*/, ":wrong");
const client = new Realtime({ ...options, key });
await client.connect();`,
    says: 40101,
    remedy: /Use the key that/,
  },
  {
    name: "variable of the key not set",
    code: `new Rest({ key: undefined });`,
    says: 40106,
    remedy: /Set the variable/,
  },
  {
    name: "empty key",
    code: `new Realtime({ key: "" });`,
    says: 40106,
    remedy: /Set the variable/,
  },
  {
    name: "key cut off",
    code: `new Rest({ key: "appId.keyId" });`,
    says: 40005,
    remedy: /appId\.keyId:secret/,
  },
  {
    name: "option misspelt",
    code: `new Rest({ apiKey: "appId.keyId:secret" });`,
    says: 40106,
    remedy: /\bkey\b/,
  },
  {
    name: "no network, REST",
    code: `await new Rest({ ...options, port: closedPort }).channels.get("c").publish("n", "d");`,
    says: 80003,
    remedy: /Check the network/,
  },
  {
    name: "no network, realtime",
    code: `const client = new Realtime({ ...options, port: closedPort });
const { reason } = await client.connection.once("disconnected");
await client.close();
throw reason;`,
    says: 80003,
    remedy: /Check the network/,
  },
  {
    name: "capability missing, publish",
    code: `await new Rest({ ...options, key: null, token: await only({ other: ["publish"] }) })
  .channels.get("c").publish("n", "d");`,
    says: 40160,
    remedy: /capability covers the operation/,
  },
  {
    name: "capability missing, attach",
    code:
      `const client = new Realtime({ ...options, key: null, token: await only({ other: ["publish"] }) });
await ended(client, () => client.channels.get("c").subscribe(() => {}));`,
    says: 40160,
    remedy: /capability covers the operation/,
  },
  {
    name: "publish on a failed channel",
    code:
      `const client = new Realtime({ ...options, key: null, token: await only({ other: ["publish"] }) });
const channel = client.channels.get("c");
await channel.attach().catch(() => {});
await ended(client, () => channel.publish("n", "d"));`,
    says: /credentials do not permit[^]*90001/,
    remedy: /attach\(\)/,
  },
  {
    name: "message too large",
    code: `await new Rest(options).channels.get("c").publish("n", "x".repeat(70_000));`,
    says: 40009,
    remedy: /less|smaller|Split|split/,
  },
  {
    name: "token expired, no way to renew",
    code: `const { token } = await new Rest(options).auth.requestToken({ ttl: 1 });
await new Promise((resolve) => setTimeout(resolve, 20));
await new Rest({ ...options, key: null, token }).channels.get("c").publish("n", "d");`,
    says: 40171,
    remedy: /authCallback|authUrl/,
  },
  {
    name: "authCallback throws",
    code: `const authCallback = () => { throw new Error("sign in first"); };
await new Rest({ ...options, key: null, authCallback }).channels.get("c").publish("n", "d");`,
    says: /sign in first[^]*40170/,
    remedy: /authCallback/,
  },
  {
    name: "authCallback throws, realtime",
    code: `const authCallback = () => { throw new Error("sign in first"); };
const client = new Realtime({ ...options, key: null, authCallback });
const { reason } = await client.connection.once("disconnected");
await client.close();
throw reason;`,
    says: /sign in first[^]*80019/,
    remedy: /authCallback/,
  },
  {
    name: "authUrl answers 404",
    code: `const authUrl = url + "/no/such/page";
await new Rest({ ...options, key: null, authUrl }).channels.get("c").publish("n", "d");`,
    says: /no\/such\/page[^]*40170/,
    remedy: /authUrl/,
  },
  {
    name: "authUrl is relative",
    code:
      `await new Rest({ ...options, key: null, authUrl: "/auth" }).channels.get("c").publish("n", "d");`,
    says: /\/auth[^]*40/,
    remedy: /authUrl/,
  },
  {
    name: "ttl in seconds",
    code: `await new Rest(options).auth.createTokenRequest({ ttl: 3600 });`,
    says: /milliseconds/,
    remedy: /Give 3600000/,
  },
  {
    name: "cipher key of a wrong length",
    code: `new Rest(options).channels.get("c", { cipher: { key: "c2hvcnQ=" } });`,
    says: 40003,
    remedy: /128|256/,
  },
  {
    name: "use after close",
    code: `const client = new Realtime(options);
await client.connect();
await client.close();
await client.channels.get("c").publish("n", "d");`,
    says: 80017,
    remedy: /connect\(\)/,
  },
  {
    name: "presence without a clientId",
    code: `const client = new Realtime(options);
await ended(client, () => client.channels.get("c").presence.enter("here"));`,
    says: /40012|91000/,
    remedy: /clientId/,
  },
  {
    name: "limit too large",
    code: `await new Rest(options).channels.get("c").history({ limit: 5000 });`,
    says: 40003,
    remedy: /1000/,
  },
  {
    name: "rewind that is no rewind",
    code: `const client = new Realtime(options);
await ended(client, () => client.channels.get("c", { params: { rewind: "yes" } }).attach());`,
    says: /rewind/,
    remedy: /10|2m/,
  },
  {
    name: "data of a type that cannot be sent",
    code: `await new Rest(options).channels.get("c").publish("n", 17n);`,
    says: 40013,
    remedy: /string, binary data/,
  },
  {
    name: "callback of 1.x",
    code: `await new Rest(options).channels.get("c").publish("n", "d", () => {});`,
    says: 40025,
    remedy: /await/,
  },
];

/** A mistake that only one runtime knows. Its code is a program of its own. */
export interface OwnMistake extends Mistake, Pick<Program, "permissions" | "isModuleScope"> {
  printer: Printer;
}

const OWN_MISTAKES: readonly OwnMistake[] = [
  {
    name: "--allow-net missing, REST",
    printer: "deno",
    permissions: [],
    code: `import { Rest } from "@ably-edge/sdk";
await new Rest("appId.keyId:secret").channels.get("c").publish("n", "d");`,
    says: /net access to "main\.realtime\.ably\.net:443"[^]*40000/,
    remedy: /--allow-net/,
  },
  {
    name: "--allow-net missing, realtime",
    printer: "deno",
    permissions: [],
    code: `import { Realtime } from "@ably-edge/sdk";
await new Realtime("appId.keyId:secret").connect();`,
    says: /net access to "main\.realtime\.ably\.net:443"[^]*40000/,
    remedy: /--allow-net/,
  },
  {
    name: "Realtime client at module scope",
    printer: "workerd",
    isModuleScope: true,
    code: `import { Realtime } from "@ably-edge/sdk";
const client = new Realtime("appId.keyId:secret");`,
    says: /Uncaught ErrorInfo[^]*global scope/,
    remedy: /in a request or a Durable Object|outside of a request or a Durable Object/,
  },
];

/** The mistakes that can be made on a runtime. */
export function mistakesOn(runtime: Printer): readonly Mistake[] {
  return [...MISTAKES, ...OWN_MISTAKES.filter(({ printer }) => printer === runtime)];
}

const MARK = "##";

/** Makes all mistakes, and returns the output of each by its name. */
export async function outputs(printer: Printer, project: Project): Promise<Map<string, string>> {
  const outputs = await sharedOutputs(printer, project);
  for (const mistake of OWN_MISTAKES) {
    if (mistake.printer !== printer) continue;
    outputs.set(mistake.name, await printed(printer, { ...mistake, name: "own" }, project));
  }
  return outputs;
}

/** Makes the mistakes that all runtimes know in one program. */
async function sharedOutputs(printer: Printer, project: Project): Promise<Map<string, string>> {
  await using service = createService();
  await using served = await serve(service, { hostname: "127.0.0.1" });
  const closed = await serve(service, { hostname: "127.0.0.1" });
  await closed.close();
  const options = served.options();
  const more = { url: served.url, closedPort: closed.port };
  const code = `import { Realtime, Rest } from "@ably-edge/sdk";
const options = ${JSON.stringify(options)};
const { url, closedPort } = ${JSON.stringify(more)};
const only = async (capability) =>
  (await new Rest(options).auth.requestToken({ capability: JSON.stringify(capability) })).token;
const ended = async (client, call) => {
  try { await call(); } finally { await client.close(); }
};
const mistakes = {
${
    MISTAKES.map(({ name, code }) => `${JSON.stringify(name)}: async () => {\n${code}\n}`).join(
      ",\n",
    )
  }
};
for (const [name, mistake] of Object.entries(mistakes)) {
  console.error("${MARK} " + name);
  try { await mistake(); } catch (error) { console.error(error); }
}`;
  // Chromium keeps other pages away from a server on this machine.
  const page = `${served.url}/time`;
  const output = await printed(printer, { name: "main", code, page, limit: 15_000 }, project);
  const parts = output.split(new RegExp(`^${MARK} `, "m")).slice(1);
  return new Map(parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1).trim()];
  }));
}
