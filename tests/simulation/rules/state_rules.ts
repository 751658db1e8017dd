import type { Inhabitant } from "../inhabitant.ts";
import { listed, memberText } from "../user.ts";
import type { World } from "../world.ts";
import type { Rule } from "./rule.ts";

/** The rules for members and objects, which every client must show alike. */
export const STATE_RULES: readonly Rule[] = [
  {
    rule: "The members that a client shows are those of the service",
    because: "RTP2, RTP19: ghosts and missing members are seen by every user of an app",
    when: "at rest",
    judge: otherMembers,
  },
  {
    rule: "A member that entered is present until it leaves",
    because: "RTP17: the client enters it again when the service has lost it",
    when: "at rest",
    judge: lostMembers,
  },
  {
    rule: "The objects that a client shows are those of the service",
    because: "RTO5: clients that disagree never find out",
    when: "at rest",
    judge: otherObjects,
  },
  {
    rule: "A listener is called for each change of objects",
    because: "RTPO19: a page shows what the last call of its listener has shown",
    when: "at rest",
    judge: unnoticedChanges,
  },
  {
    rule: "An acknowledged increment counts once",
    because: "RTO15: a count that is wrong stays wrong",
    when: "at rest",
    judge: miscounted,
  },
];

function otherMembers({ user }: Inhabitant, world: World): string[] {
  return [...user.final.members].flatMap(([object, call]) => {
    // A call that has not settled is the business of another rule.
    if (object.state !== "attached" || !Array.isArray(call.value)) return [];
    const wanted = world.members(object.name);
    const shown = listed(object.name, call.value);
    if (shown !== wanted) return [`${object.name} shows ${shown}, not ${wanted}`];
    const { value } = user.final.membersByRest.get(object)!;
    const overHttp = Array.isArray(value) ? listed(object.name, value) : wanted;
    if (overHttp !== wanted) return [`${object.name} lists ${overHttp}, not ${wanted}`];
    const followed = user.followed.get(object);
    if (followed === undefined || !followed.isWhole) return [];
    const told = [...followed.members].map(([key, data]) => memberText(object.name, key, data))
      .sort().join();
    return told === wanted ? [] : [`events on ${object.name} lead to ${told}, not ${wanted}`];
  });
}

function lostMembers({ user }: Inhabitant, world: World): string[] {
  const { connection } = user.client;
  return [...user.wishes.values()].flatMap(({ object, member, call, data, changesBefore }) => {
    const { name: channel } = object;
    const changes = user.channels.get(object)!.slice(changesBefore);
    // Members of a channel that is detached or failed are not entered again.
    const isOver = changes.some(({ current }) => ["detached", "failed"].includes(current));
    const isClear = call?.settledAt !== undefined && call.error === undefined;
    if (!isClear || isOver || object.state !== "attached") return [];
    if (connection.state !== "connected") return [];
    const own = `${connection.id}/${member}`;
    const present = world.members(channel).split(",").find((shown) => shown.startsWith(own));
    if (present === (data && memberText(channel, own, data))) return [];
    return [
      `${member} is to be ${data ?? "absent"} on ${channel}, and is ${present ?? "absent"}`,
    ];
  });
}

function otherObjects({ user }: Inhabitant, world: World): string[] {
  return [...user.final.objects].flatMap(([object, call]) => {
    if (object.state !== "attached" || call.error !== undefined) return [];
    const wanted = world.objects(object.name);
    return call.value === wanted ? [] : [`${object.name} shows ${call.value}, not ${wanted}`];
  });
}

function unnoticedChanges({ user }: Inhabitant, world: World): string[] {
  return [...user.noted].flatMap(([object, noted]) => {
    if (noted === undefined || object.state !== "attached") return [];
    const wanted = world.objects(object.name);
    return noted === wanted
      ? []
      : [`${object.name} was ${noted} in the last call, and is ${wanted}`];
  });
}

function miscounted(_one: Inhabitant, world: World): string[] {
  if (world.hasForgotten) return [];
  const all = [...world.inhabitants, ...world.departed];
  const calls = all.flatMap(({ user }) =>
    user.calls.filter(({ label }) => label.startsWith("increment"))
  );
  const accepted = calls.filter(({ settledAt, error }) => settledAt !== undefined && !error).length;
  const { total } = JSON.parse(world.objects("objects")) as { total: number };
  // A change that is sent again over another connection counts again.
  const isSure = all.every(({ user }) => user.connectionIds.size < 2);
  return total >= accepted && (total <= calls.length || !isSure)
    ? []
    : [`the total is ${total} after ${accepted} acknowledged increments of ${calls.length}`];
}
