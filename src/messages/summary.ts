/** The clients that made an annotation of one name (TM7c1). */
export interface SummaryClientIdList {
  /** The number of clients that made it (TM7c1a). */
  total: number;
  /** The clients that made it (TM7c1b). */
  clientIds: string[];
  /** Whether `clientIds` is incomplete because the full list is too long (TM7c1c). */
  clipped: boolean;
}

/** The clients that made an annotation of one name, and the count for each (TM7d1). */
export interface SummaryClientIdCounts {
  /** The sum of all counts (TM7d1a). */
  total: number;
  /** The contribution of each client (TM7d1b). */
  clientIds: Record<string, number>;
  /** Whether `clientIds` is incomplete because the full list is too long (TM7d1c). */
  clipped: boolean;
  /** The contribution of clients without a clientId (TM7d1d). */
  totalUnidentified: number;
  /** The number of clients with a clientId that contributed (TM7d1e). */
  totalClientIds: number;
}

/** The summary of a `distinct.v1` type: the clients, by annotation name (TM7b1). */
export type SummaryDistinctValues = Record<string, SummaryClientIdList>;

/** The summary of a `unique.v1` type: the clients, by annotation name (TM7b2). */
export type SummaryUniqueValues = Record<string, SummaryClientIdList>;

/** The summary of a `multiple.v1` type: the clients with their counts, by annotation name (TM7b3). */
export type SummaryMultipleValues = Record<string, SummaryClientIdCounts>;

/** The number of annotations of a type (TM7e1). */
export interface SummaryTotal {
  /** The number of annotations (TM7e1a). */
  total: number;
}

/** A summary of any type. */
export type SummaryEntry =
  | SummaryDistinctValues
  | SummaryUniqueValues
  | SummaryMultipleValues
  | SummaryClientIdList
  | SummaryTotal;

/**
 * The readers of aggregated annotations. Choose by the annotation type: `reaction:distinct.v1` is read with `distinct`,
 * `poll:unique.v1` with `unique`.
 */
export interface SummaryReaders {
  /**
   * Reads the summary of a `distinct.v1` type (TM7b1).
   *
   * @param entry A value of `message.annotations.summary`; one that is missing reads as an empty summary.
   * @returns The clients, by annotation name.
   */
  distinct(entry: unknown): SummaryDistinctValues;
  /**
   * Reads the summary of a `unique.v1` type (TM7b2).
   *
   * @param entry A value of `message.annotations.summary`; one that is missing reads as an empty summary.
   * @returns The clients, by annotation name.
   */
  unique(entry: unknown): SummaryUniqueValues;
  /**
   * Reads the summary of a `multiple.v1` type (TM7b3).
   *
   * @param entry A value of `message.annotations.summary`; one that is missing reads as an empty summary.
   * @returns The clients with their counts, by annotation name.
   */
  multiple(entry: unknown): SummaryMultipleValues;
  /**
   * Reads the summary of a `flag.v1` type (TM7b4).
   *
   * @param entry A value of `message.annotations.summary`; one that is missing reads as an empty summary.
   */
  flag(entry: unknown): SummaryClientIdList;
  /**
   * Reads the summary of a `total.v1` type (TM7b5).
   *
   * @param entry A value of `message.annotations.summary`; one that is missing reads as an empty summary.
   */
  total(entry: unknown): SummaryTotal;
}

/**
 * Reads aggregated annotations into typed values (TM7). Messages carry them as plain data, so that summaries of future types
 * can be read too (TM7a, TM8a1).
 *
 * @example Counting reactions
 * ```ts
 * import { type Message, Summary } from "@ably-edge/sdk";
 *
 * const message: Message = {
 *   annotations: {
 *     summary: { "reaction:distinct.v1": { "👍": { total: 2, clientIds: ["ann", "bob"] } } },
 *   },
 * };
 * const reactions = Summary.distinct(message.annotations?.summary["reaction:distinct.v1"]);
 * console.log(reactions["👍"]?.total);
 * ```
 */
export const Summary: SummaryReaders = {
  distinct: (entry) => mapValues(entry, clientIdList),
  unique: (entry) => mapValues(entry, clientIdList),
  multiple: (entry) => mapValues(entry, clientIdCounts),
  flag: clientIdList,
  total: (entry) => ({ total: whole(record(entry).total) }),
};

function clientIdList(entry: unknown): SummaryClientIdList {
  const { total, clientIds, clipped } = record(entry);
  return {
    total: whole(total),
    clientIds: Array.isArray(clientIds) ? clientIds as string[] : [],
    clipped: clipped === true,
  };
}

function clientIdCounts(entry: unknown): SummaryClientIdCounts {
  const { total, clientIds, clipped, totalUnidentified, totalClientIds } = record(entry);
  return {
    total: whole(total),
    clientIds: record(clientIds) as Record<string, number>,
    clipped: clipped === true,
    totalUnidentified: whole(totalUnidentified),
    totalClientIds: whole(totalClientIds),
  };
}

function mapValues<T>(entry: unknown, read: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record(entry)).map(([name, value]) => [name, read(value)]),
  );
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function whole(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
