/** A deliberate mistake in one place of a file. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** The text to replace, which the file contains once. */
  readonly find: string;
  readonly replace: string;
}

const REALTIME = "src/realtime";
const CONNECTION = `${REALTIME}/connection`;
const CHANNEL = `${REALTIME}/channel`;
const PRESENCE = `${REALTIME}/presence`;

/** Mistakes that the simulator must find. Each of them breaks a promise of the library only under certain schedules. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "the first frame without an answer is not resent",
    file: `${CONNECTION}/outbox.ts`,
    find: "for (const { frame } of again) this.#send(frame);",
    replace: "for (const { frame } of again.slice(1)) this.#send(frame);",
  },
  {
    name: "a frame that is resent on a resumed connection gets another serial",
    file: `${CONNECTION}/outbox.ts`,
    find: "else this.#nextSerial -= again.length;",
    replace: "",
  },
  {
    name: "an ACK settles one frame too many",
    file: `${CONNECTION}/outbox.ts`,
    find: "return this.#take(serial + count);",
    replace: "return this.#take(serial + count + 1);",
  },
  {
    name: "messages that wait for a connection are forgotten when it is there",
    file: `${CONNECTION}/outbox.ts`,
    find: "for (const submission of queue) this.add(submission);",
    replace: "",
  },
  {
    name: "messages that wait for a connection are sent although they were rejected",
    file: `${CONNECTION}/outbox.ts`,
    find: '    this.#queue = [];\n    this.#timers.stop("answer");',
    replace: '    this.#timers.stop("answer");',
  },
  {
    name: "close() leaves the timers of an outage running",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find: '  { do: "stop", timer: "retry" },\n  { do: "stop", timer: "suspend" },\n',
    replace: "",
  },
  {
    name: "a suspended connection is not tried again",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find: '{ do: "start", timer: "retry" }, // RTN14f',
    replace: "",
  },
  {
    name: "an attempt follows a failed one without a delay",
    file: "src/util/backoff.ts",
    find: "return base * backoff * jitter;",
    replace: "return 1 + 0 * base * backoff * jitter;",
  },
  {
    name: "a lost connection is always opened again at once",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find: "  if (lostTooOften) {",
    replace: "  if (lostTooOften && reason === undefined) {",
  },
  {
    name: "a silence is noticed late",
    file: `${CONNECTION}/idle_timer.ts`,
    find: "const left = this.#lastActivity + this.#limit - now;",
    replace: "const left = this.#lastActivity + 2 * this.#limit - now;",
  },
  {
    name: "no other host is tried for a connection",
    file: `${CONNECTION}/connection_attempt.ts`,
    find: "const last = await this.#tryHosts(fallbacks);",
    replace: "const last = await this.#tryHosts([hosts.primary]);",
  },
  {
    name: "a ping waits longer than for a request",
    file: `${CONNECTION}/pings.ts`,
    find: "}, { clock, timeout, signal, onTimeout:",
    replace: "}, { clock, timeout: 3 * timeout, signal, onTimeout:",
  },
  {
    name: "the idle timer runs on after the connection",
    file: `${CONNECTION}/idle_timer.ts`,
    find: '    this.#timers.stop("idle");\n',
    replace: "",
  },
  {
    name: "listeners are called twice after a lost connection",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find: '{ do: "announce", event: "disconnected", reason, retryIn: 0 },',
    replace: '{ do: "announce", event: "disconnected", reason, retryIn: 0 },\n' +
      '      { do: "announce", event: "disconnected", reason, retryIn: 0 },',
  },
  {
    name: "messages without an answer are not settled by close()",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find:
      '{ do: "failPending", reason: reason ?? closedByClient(), unlessQueueing: false }, // RTN7e',
    replace: "",
  },
  {
    name: "frames that come together are handled without a pause",
    file: `${CONNECTION}/frame_queue.ts`,
    find: "return this.#jobs === 0 && !this.#hasAnswered || ANSWERS[action] === true;",
    replace: "return action >= 0;",
  },
  {
    name: "a socket that refuses to send counts as well",
    file: `${CONNECTION}/websocket_transport.ts`,
    find: "this.#endUnsendable(frame, cause);",
    replace: "void cause;",
  },
  {
    name: "a released channel stays until the service has detached it",
    file: `${CHANNEL}/channel_registry.ts`,
    find: "    this.#entries.delete(name);\n    const { manager } = entry;",
    replace: "    const { manager } = entry;\n" +
      "    void manager.release().then(() => this.#entries.delete(name));",
  },
  {
    name: "a callback that returns nothing is waited for",
    file: "src/auth/token_source.ts",
    find: "        : !isPromise && result === undefined && mayTakeMore(authCallback);",
    replace: "        : !isPromise && result === undefined && (mayTakeMore(authCallback) || true);",
  },
  {
    name: "the address of a failed request is logged with its parameters",
    file: "src/util/redact.ts",
    find:
      "return patterns().reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), known);",
    replace: "return known === undefined ? patterns().length + known : text;",
  },
  {
    name: "a refused timestamp is used again",
    file: "src/auth/service_time.ts",
    find: "if (code === TIMESTAMP_NOT_CURRENT) signedWith.get(request)?.distrust();",
    replace: "void signedWith.get(request)?.distrust, code;",
  },
  {
    name: "a publish that needs no cipher overtakes one that does",
    file: `${CHANNEL}/channel_manager.ts`,
    find:
      "return (this.#submissions ??= new OrderedQueue(false)).take(payload, run) as Promise<R>;",
    replace: "return Promise.resolve(payload).then(run);",
  },
  {
    name: "a message is delivered as soon as its own cipher is done",
    file: `${CHANNEL}/channel_inbox.ts`,
    find: "this.deliverInOrder(() => this.#deliver(messages, serial), pending);",
    replace: "if (pending) void pending.then(() => this.#deliver(messages, serial));\n" +
      "    else this.#deliver(messages, serial);",
  },
  {
    name: "messages do not move the position",
    file: `${CHANNEL}/channel_inbox.ts`,
    find: "if (serial) this.#channel.position.received = serial; // 2",
    replace: "",
  },
  {
    name: "messages move the position while the channel is being attached",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find: '[...STOP_ALL, { do: "announce", event: "attached", reason, resumed, hasBacklog }],',
    replace:
      '[...STOP_ALL, { do: "announce", event: "attached", reason, resumed: true, hasBacklog }],',
  },
  {
    name: "messages that are sent again after setOptions() are delivered again",
    file: `${CHANNEL}/channel_inbox.ts`,
    find: "else if (this.#received) this.#decoder?.skip(this.#received);",
    replace: "",
  },
  {
    name: "the history until the attachment has later messages, too",
    file: `${CHANNEL}/until_attach.ts`,
    find: "channel.position.attached ?? channel.position.received",
    replace: "channel.position.received ?? channel.position.attached",
  },
  {
    name: "a recovered client numbers its messages from 0",
    file: `${CONNECTION}/connection_manager.ts`,
    find: "if (this.#recover) this.#outbox.resetSerial(this.#recover.msgSerial); // RTN16f",
    replace: "",
  },
  {
    name: "a recovery key has the positions at which the channels were attached",
    file: `${CHANNEL}/channel_registry.ts`,
    find: "[[name, position.delivered]]",
    replace: "[[name, position.attached ?? position.delivered]]",
  },
  {
    name: "only one of the members that a client has entered enters again",
    file: `${PRESENCE}/presence_manager.ts`,
    find: "new PresenceMap(clientIdOf); // RTP17h",
    replace: 'new PresenceMap(() => "one");',
  },
  {
    name: "a detach that was called last is forgotten while attaching",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find:
      'return [{ ...status, then: status.then === "release" ? "release" : type }, []]; // RTL5i',
    replace: "return [status, []];",
  },
  {
    name: "an attach that was called last is forgotten while detaching",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find: 'return [{ ...status, then: "attach" }, []];',
    replace: "return [status, []];",
  },
  {
    name: "a detach without a connection waits for one",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find:
      "if (!online) return becomeDetached(); // RTL5l: nothing was sent, so nothing is pending\n",
    replace: "",
  },
  {
    name: "members that a sync did not confirm stay",
    file: `${PRESENCE}/presence_map.ts`,
    find: "else if (this.#isSyncing && sync !== this.#sync) {",
    replace: "else if (this.#isSyncing && sync > this.#sync) {",
  },
  {
    name: "members that a sync confirms are taken for gone",
    file: `${PRESENCE}/presence_map.ts`,
    find: "      existing.sync = this.#sync;\n",
    replace: "",
  },
  {
    name: "members do not enter again on another connection",
    file: `${PRESENCE}/presence_manager.ts`,
    find: "this.#reentryDue = true; // RTP17i",
    replace: "this.#reentryDue = false;",
  },
  {
    name: "a member enters again after it left",
    file: `${PRESENCE}/presence_manager.ts`,
    find: 'if (message?.action === "leave") members.delete(name);\n      else if',
    replace: "if",
  },
  {
    name: "a sync does not replace the objects that are known",
    file: "src/liveobjects/core/objects_core.ts",
    find: "const update = object.replace(message);",
    replace: "const update = existing ? undefined : object.replace(message);",
  },
  {
    name: "a change of an object counts twice",
    file: "src/liveobjects/core/objects_core.ts",
    find: "if (this.#isEcho(serial!)) { // RTO9a3",
    replace: "if (this.#isEcho(serial!) && message === undefined) {",
  },
  {
    name: "each request for a token asks for one",
    file: "src/auth/shared_call.ts",
    find: "if (current === null || current.isGivenUp) return this.start(run, signal);",
    replace: "if (current === null || current !== undefined) return this.start(run, signal);",
  },
  {
    name: "a suspended channel is not detached",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find: 'case "suspended": // RTL5j\n      return becomeDetached();',
    replace: 'case "suspended": // RTL5j\n      return [status, []];',
  },
  {
    name: "the channels of a failed connection are detached",
    file: `${CHANNEL}/channel_state_machine.ts`,
    find: "return active ? becomeFailed(reason) : [status, ended(name)];",
    replace: "return active ? becomeDetached(reason) : [status, ended(name)];",
  },
  {
    name: "the time before an attempt does not grow",
    file: `${CONNECTION}/connection_state_machine.ts`,
    find: "retries: before.retries + 1, hasRenewedToken",
    replace: "retries: 1, hasRenewedToken",
  },
  {
    name: "a sync changes objects without an update",
    file: "src/liveobjects/core/objects_core.ts",
    find: "if (existing && update) updates.push([object, update]);",
    replace: "if (!existing && update) updates.push([object, update]);",
  },
  {
    name: "a removed key is still listed",
    file: "src/liveobjects/core/map_object.ts",
    find: "if (tombstonedAt !== undefined) return false; // RTLM14a",
    replace: "",
  },
  {
    name: "a request tries no other host",
    file: "src/http/fallback.ts",
    find: "return index + 1 < sequence.length;",
    replace: "return false;",
  },
  {
    name: "a delta that does not fit moves the position",
    file: `${CHANNEL}/channel_inbox.ts`,
    find: "const serial = failure ? undefined : frame.channelSerial;",
    replace: "const serial = frame.channelSerial;",
  },
  {
    name: "a new listener is added to the list that is being called",
    file: `${CHANNEL}/subscriptions.ts`,
    find: "this.#replace([...this.#subscriptions, subscription]);",
    replace: "(this.#subscriptions as Subscription<T>[]).push(subscription);",
  },
  {
    name: "close() does not end a call of authorize()",
    file: `${CONNECTION}/reauthentication.ts`,
    find: "this.#calls?.abort(connectionClosed());",
    replace: "",
  },
  {
    name: "a new token is logged",
    file: "src/auth/credentials.ts",
    find: "`Got a new token${",
    replace: "`Got a new token ${details.token}${",
  },
  {
    name: "the option echoMessages is ignored",
    file: `${CONNECTION}/connect_params.ts`,
    find: "echo: String(options.echoMessages)",
    replace: "echo: String(true)",
  },
  {
    name: "the option queueMessages is ignored",
    file: `${CONNECTION}/connection_manager.ts`,
    find: "return this.#context.options.queueMessages &&",
    replace: "return true &&",
  },
  {
    name: "the service leaves out a message after a resume",
    file: "src/testing/core/event_log.ts",
    find: "return this.#events.slice(from);",
    replace: "return this.#events.slice(from + 1);",
  },
  {
    name: "the service claims continuity although it has forgotten messages",
    file: "src/testing/core/event_log.ts",
    find: "if (channelSerial < this.#prunedThrough) return this.#prunedFor;",
    replace: "",
  },
  {
    name: "the service sends a part of a message to a client without the parts before it",
    file: "src/testing/connection/attachment.ts",
    find: "whole === undefined || this.#seen.has(whole.serial)",
    replace: "whole === undefined || this.#seen.has(whole.serial) || whole !== null",
  },
  {
    name: "the service rewinds one message too few",
    file: "src/testing/connection/rewind.ts",
    find: "messages.slice(-count)",
    replace: "messages.slice(-count, -1)",
  },
  {
    name: "the service handles a frame that is resent once more",
    file: "src/testing/connection/acknowledge.ts",
    find: "if (earlier !== undefined) return connection.send(earlier);",
    replace: "",
  },
];
