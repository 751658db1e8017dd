import { FULL_GRANTS, type Grants, parseGrants } from "../auth/capability_rules.ts";
import { ofType, readMembers, type Shape } from "../../util/read_members.ts";
import { parsePublishable } from "./channel_name.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** A namespace of channels, with the features that its channels have. */
export interface Namespace {
  /** The part of a channel name before its first colon, or the whole name if it has no colon. */
  id: string;
  /** Whether messages are kept for the lifetime of the app, instead of two minutes. */
  persisted?: boolean;
  /** Whether the last message is kept for the lifetime of the app, for clients that attach with `rewind=1`. */
  persistLast?: boolean;
  /** Whether push subscriptions are permitted. */
  pushEnabled?: boolean;
  /** Whether messages can be updated, deleted, appended to and annotated. */
  mutableMessages?: boolean;
}

/** A key in the setup of an app. */
export interface KeySetup {
  /** The key's id; random by default. */
  id?: string;
  /** The key's secret; random by default. */
  secret?: string;
  /** The capability of the key. */
  capability: Grants;
  /** Whether tokens of this key can be revoked. */
  revocableTokens: boolean;
  /** Returned in the response, without effect. */
  privileged: boolean;
}

/** A member that is present on a channel from the beginning. */
export interface FixtureMember {
  clientId: string;
  data?: unknown;
  encoding?: string;
}

/** The setup of an app. */
export interface AppSetup {
  /** The app's id; random by default. */
  id?: string;
  keys: KeySetup[];
  namespaces: Namespace[];
  channels: { name: string; presence: FixtureMember[] }[];
  /** The largest number of members in a presence set. */
  maxPresenceMembers: number;
}

/** The default namespaces of an app: those of Ably's own test apps. */
export const DEFAULT_NAMESPACES: readonly Namespace[] = [
  { id: "persisted", persisted: true },
  { id: "pushenabled", pushEnabled: true },
  { id: "mutable", mutableMessages: true },
];

const NAMESPACE: Shape<Namespace> = {
  what: "A namespace",
  names: {
    id: { ...ofType("string"), remediation: "Give the id of the namespace." },
    persisted: "boolean",
    persistLast: "boolean",
    pushEnabled: "boolean",
    mutableMessages: "boolean",
  },
};

const DEFAULT_MAX_MEMBERS = 250;
const EVERYTHING: Grants = { "*": ["*"] };

/** The initial app of a service: one key with all rights, and a second one with revocable tokens. */
export function defaultAppSetup(
  key: { readonly appId: string; readonly id: string; readonly secret: string },
  namespaces: readonly Namespace[] = DEFAULT_NAMESPACES,
): AppSetup {
  const { appId, id } = key;
  return {
    id: appId,
    keys: [false, true].map((revocableTokens) => ({
      id: revocableTokens ? `${id}Revocable` : id,
      // A getter, because reading the secret may draw it at random.
      get secret() {
        return key.secret;
      },
      capability: FULL_GRANTS,
      revocableTokens,
      privileged: false,
    })),
    namespaces: namespaces.map((given) => parseNamespace(readMembers(given, NAMESPACE))),
    channels: [],
    maxPresenceMembers: DEFAULT_MAX_MEMBERS,
  };
}

/**
 * Reads the body of `POST /apps`. Unknown members are ignored.
 *
 * @throws {ErrorInfo} 40000 if it cannot be read.
 */
export function parseAppSetup(body: unknown): AppSetup {
  const given = record(body ?? {});
  const limits = record(record(given.limits ?? {}).presence ?? {});
  return {
    keys: list(given.keys ?? [{}]).map(parseKeySetup),
    namespaces: list(given.namespaces ?? []).map(parseNamespace),
    channels: list(given.channels ?? []).map(parseChannelSetup),
    maxPresenceMembers: typeof limits.maxMembers === "number"
      ? limits.maxMembers
      : DEFAULT_MAX_MEMBERS,
  };
}

function parseKeySetup(value: unknown): KeySetup {
  const given = record(value);
  return {
    capability: given.capability == null ? EVERYTHING : parseGrants(given.capability),
    revocableTokens: given.revocableTokens === true,
    privileged: given.privileged === true,
  };
}

function parseNamespace(value: unknown): Namespace {
  const given = record(value);
  if (typeof given.id !== "string" || given.id === "") {
    throw invalidAppSetup("A namespace needs an id");
  }
  return {
    id: given.id,
    persisted: given.persisted === true,
    persistLast: given.persistLast === true,
    pushEnabled: given.pushEnabled === true,
    mutableMessages: given.mutableMessages === true,
  };
}

function parseChannelSetup(value: unknown): { name: string; presence: FixtureMember[] } {
  const given = record(value);
  const { base: name } = parsePublishable(given.name);
  const presence = list(given.presence ?? []).map((item): FixtureMember => {
    const member = record(item);
    return {
      clientId: String(member.clientId),
      data: member.data,
      encoding: typeof member.encoding === "string" ? member.encoding : undefined,
    };
  });
  return { name, presence };
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidAppSetup("The app setup is malformed");
  }
  return value as Record<string, unknown>;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalidAppSetup("The app setup is malformed");
  return value;
}

function invalidAppSetup(message: string): Error {
  return serviceError(ServiceCode.BadRequest, message);
}
