import { connect } from "node:net";
import { Realtime, Rest } from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { lines } from "../runtimes/lines.ts";
import type { Summary } from "../runtimes/summary.ts";

/** A command that starts the program of the package. */
export interface ProgramCommand {
  /** The name of the runtime. */
  name: string;
  program: string;
  args: string[];
  /** The version of Node to run the arguments with. */
  node?: string;
  /** The usage line that it prints, without options. */
  usage: string;
}

interface Options {
  endpoint: string;
  port: number;
  tls: boolean;
  key: string;
}

/** The program in a process of its own, until the scope ends. */
interface Running extends AsyncDisposable {
  options: Options;
  url: string;
  proxyPort: number;
}

const DEADLINE = 60_000;
const STOP_DEADLINE = 10_000;

/** Starts the program in the folder of a project that has installed the package, and uses it. */
export async function checkProgram(given: ProgramCommand, folder: string): Promise<Summary> {
  const command = given.node === undefined
    ? given
    : { ...given, program: await nodePath(given.node) };
  const where = `package, program on ${command.name}`;
  const checks: Record<string, (command: ProgramCommand, folder: string) => Promise<void>> = {
    "names the command that was typed": namesItself,
    "serves HTTP, WebSockets, the page and the proxy": servesClients,
    "continues from a snapshot after an interrupt": continues,
    "serves HTTPS": servesTls,
  };
  const summary = { where, passed: 0, failed: 0, skipped: [] };
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(command, folder);
      summary.passed++;
    } catch (error) {
      console.log(`${where}: ${name}\n`, error);
      summary.failed++;
    }
  }
  return summary;
}

/** The path of a version of Node, for programs that get signals, because npx does not pass them on. */
export async function nodePath(version: string): Promise<string> {
  const { stdout } = await new Deno.Command("npx", {
    args: ["--yes", `node@${version}`, "--print", "process.execPath"],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function namesItself(command: ProgramCommand, folder: string): Promise<void> {
  const { stdout } = await new Deno.Command(command.program, {
    args: [...command.args, "--help"],
    cwd: folder,
    stdin: "null",
  }).output();
  const usage = /^Usage: (.*) \[options\]$/m.exec(new TextDecoder().decode(stdout));
  assertEquals(usage?.[1], command.usage);
}

async function servesClients(command: ProgramCommand, folder: string): Promise<void> {
  await using running = await start(command, ["--proxy-port", "0"], folder);
  await using client = new Realtime(running.options);
  const channel = client.channels.get("c");
  const received = channel.messages();
  await channel.attach();
  await channel.publish("n", "x".repeat(50_000));
  assertEquals((await received.next()).value?.name, "n");
  const rest = new Rest(running.options);
  await rest.channels.get("c").publish("n", "é");
  assertEquals((await rest.channels.get("c").history({ limit: 1 })).items[0]?.data, "é");

  const page = await fetch(running.url);
  assert((await page.text()).startsWith("<!doctype html>"));
  const foreign = { headers: { origin: "https://evil.example" } };
  const state = await fetch(`${running.url}/_service/state`, foreign);
  assertEquals([state.status, (await state.json()).error.code], [403, 40300]);
  const file = await fetch(`${running.url}/package.json`);
  assertEquals([file.status, (await file.json()).error.code], [404, 40400]);
  const head = ["GET /time HTTP/1.1", "Host: evil.example", "Connection: close", "", ""];
  assert((await ask(running.options.port, head)).startsWith("HTTP/1.1 403"));

  const made = await fetch(`http://localhost:${running.proxyPort}/sessions`, {
    method: "POST",
    body: JSON.stringify({ rules: [] }),
  });
  const { proxy: { port } } = await made.json();
  await using proxied = new Realtime({ ...running.options, port });
  await proxied.channels.get("c").attach();
}

async function continues(command: ProgramCommand, folder: string): Promise<void> {
  const args = ["--snapshot", "state.bin", "--namespace", "kept:persisted"];
  const text = async (running: Running) => {
    const { items } = await new Rest(running.options).channels.get("kept:c").history();
    return items.map(({ data }) => data);
  };
  await Deno.remove(`${folder}/state.bin`).catch(() => {}); // Another runtime may have left it.
  const before = await start(command, args, folder);
  try {
    await new Rest(before.options).channels.get("kept:c").publish("n", "kept");
  } finally {
    await before[Symbol.asyncDispose]();
  }
  await using after = await start(command, args, folder);
  assertEquals([await text(after), after.options.key], [["kept"], before.options.key]);
}

async function servesTls(command: ProgramCommand, folder: string): Promise<void> {
  const extensions = ["subjectAltName=DNS:localhost", "basicConstraints=critical,CA:FALSE"];
  const subject = ["-subj", "/CN=localhost", ...extensions.flatMap((each) => ["-addext", each])];
  await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
      ...["-keyout", "key.pem", "-out", "cert.pem", ...subject],
    ],
    cwd: folder,
    stderr: "null",
  }).output();
  const args = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];
  await using running = await start(command, args, folder);
  using client = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(`${folder}/cert.pem`)],
  });
  const response = await fetch(`${running.url}/time`, { client });
  assertEquals([response.status, running.options.tls], [200, true]);
  await response.body?.cancel();
}

async function start(
  { program, args }: ProgramCommand,
  more: string[],
  folder: string,
): Promise<Running> {
  const process = new Deno.Command(program, {
    args: [...args, "--port", "0", ...more],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(DEADLINE),
  }).spawn();
  const errors = new Response(process.stderr).text();
  const printed: string[] = [];
  const found = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const line of lines(process.stdout)) {
      printed.push(line);
      if (line.startsWith("Stop it with")) found.resolve();
    }
    found.reject(new Error(`It ended early\n${printed.join("\n")}\n${await errors}`));
  })();
  found.promise.catch(() => {});
  await found.promise;
  const text = printed.join("\n");
  const options: Options = JSON.parse(/new Ably\.Realtime\((.*)\)/.exec(text)![1]!);
  return {
    options,
    url: /listens on ([^\s,]+)/.exec(text)![1]!,
    proxyPort: Number(/proxy control +\S+:(\d+)/.exec(text)?.[1]),
    async [Symbol.asyncDispose]() {
      process.kill("SIGINT");
      const stuck = setTimeout(() => process.kill("SIGKILL"), STOP_DEADLINE);
      const { code } = await process.status;
      clearTimeout(stuck);
      await reading;
      await errors;
      assertEquals(code, 0);
    },
  };
}

/** Sends lines as they stand, for headers that fetch does not let through; the whole answer. */
function ask(port: number, head: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => answer += data);
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(head.join("\r\n"));
  });
}
