import type { StoredAnnotation } from "./channel_event.ts";

/** The number of the annotation action for deletions (TAN2b). */
export const ANNOTATION_DELETE = 1;

interface ClientList {
  total: number;
  clientIds: string[];
  clipped: boolean;
}

/** The methods of summarising that require a clientId. */
const IDENTIFIED = new Set(["flag.v1", "distinct.v1", "unique.v1"]);

const METHODS: Readonly<Record<string, (events: readonly StoredAnnotation[]) => unknown>> = {
  "total.v1": total,
  "flag.v1": flag,
  "distinct.v1": distinct,
  "unique.v1": unique,
  "multiple.v1": multiple,
};

/** The method of summarising annotations of a type: the part of the type after its last colon. */
export function methodOf(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** Whether annotations of a type need a clientId. */
export function needsClientId(type: string): boolean {
  return IDENTIFIED.has(methodOf(type));
}

/** The summary of annotations of one type; undefined if the type has no summary (TM8a). */
export function summarise(type: string, events: readonly StoredAnnotation[]): unknown {
  const method = methodOf(type);
  return Object.hasOwn(METHODS, method) ? METHODS[method]!(events) : undefined;
}

function isDelete({ action }: StoredAnnotation): boolean {
  return action === ANNOTATION_DELETE;
}

function total(events: readonly StoredAnnotation[]): { total: number } {
  let total = 0;
  for (const event of events) total = Math.max(0, total + (isDelete(event) ? -1 : 1));
  return { total };
}

function flag(events: readonly StoredAnnotation[]): ClientList {
  const clients = new Set<string>();
  for (const event of events) {
    if (isDelete(event)) clients.delete(event.clientId!);
    else clients.add(event.clientId!);
  }
  return clientList(clients);
}

function distinct(events: readonly StoredAnnotation[]): Record<string, ClientList> {
  const names = new Map<string, Set<string>>();
  for (const event of events) {
    const name = event.name ?? "";
    const clients = names.get(name) ?? new Set();
    if (isDelete(event)) clients.delete(event.clientId!);
    else clients.add(event.clientId!);
    names.set(name, clients);
  }
  return clientLists(names);
}

function unique(events: readonly StoredAnnotation[]): Record<string, ClientList> {
  const chosen = new Map<string, string>();
  for (const event of events) {
    const clientId = event.clientId!;
    if (!isDelete(event)) {
      chosen.delete(clientId); // A client that makes another choice moves to the end of the list.
      chosen.set(clientId, event.name ?? "");
    } else if (event.name === undefined || chosen.get(clientId) === event.name) {
      chosen.delete(clientId);
    }
  }
  const names = new Map<string, Set<string>>();
  for (const [clientId, name] of chosen) {
    names.set(name, (names.get(name) ?? new Set()).add(clientId));
  }
  return clientLists(names);
}

interface Multiple {
  total: number;
  clientIds: Record<string, number>;
  totalUnidentified: number;
  clipped: boolean;
  totalClientIds: number;
}

function multiple(events: readonly StoredAnnotation[]): Record<string, Multiple> {
  const names = new Map<string, { clients: Map<string, number>; unidentified: number }>();
  for (const event of events) {
    const name = event.name ?? "";
    const entry = names.get(name) ?? { clients: new Map<string, number>(), unidentified: 0 };
    const { clientId, count = 1 } = event;
    if (isDelete(event)) {
      if (clientId === undefined) entry.unidentified = 0;
      else entry.clients.delete(clientId);
    } else if (clientId === undefined) entry.unidentified += count;
    else entry.clients.set(clientId, (entry.clients.get(clientId) ?? 0) + count);
    names.set(name, entry);
  }
  const result: [string, Multiple][] = [];
  for (const [name, { clients, unidentified }] of names) {
    const total = [...clients.values()].reduce((sum, count) => sum + count, unidentified);
    if (clients.size === 0 && unidentified === 0) continue;
    result.push([name, {
      total,
      clientIds: Object.fromEntries(clients),
      totalUnidentified: unidentified,
      clipped: false,
      totalClientIds: clients.size,
    }]);
  }
  return Object.fromEntries(result);
}

function clientLists(names: Map<string, Set<string>>): Record<string, ClientList> {
  return Object.fromEntries(
    [...names].filter(([, clients]) => clients.size > 0)
      .map(([name, clients]) => [name, clientList(clients)]),
  );
}

function clientList(clients: Set<string>): ClientList {
  return { total: clients.size, clientIds: [...clients], clipped: false };
}
