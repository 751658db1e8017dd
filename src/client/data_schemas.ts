import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { checkEach, type Rule } from "../util/read_members.ts";
import type { OwnMessage } from "./own_message.ts";

/** The part of a Standard Schema that checks a value; Zod, Valibot and ArkType schemas have it. */
export interface StandardSchema<Output = unknown> {
  /** The Standard Schema interface, version 1. */
  readonly "~standard": {
    /** Always 1. */
    readonly version: 1;
    /** The library that made the schema. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** The input and output types of the schema, at compile time only. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** The outcome of a check: a value, or the issues with it. */
export interface SchemaResult<Output = unknown> {
  /** The checked value. */
  readonly value?: Output;
  /** The issues; absent if the value is valid. */
  readonly issues?: readonly { readonly message: string }[] | undefined;
}

/** The schemas of a channel's data, by event name. */
export type DataSchemas = Record<string, StandardSchema>;

const SCHEMA: Rule = {
  allows: (schema) => typeof (schema as StandardSchema)?.["~standard"]?.validate === "function",
  text: "a Standard Schema",
};

/**
 * Checks that all schemas are Standard Schemas, because a message would only show it when it is published.
 *
 * @throws {ErrorInfo} 40003 if one is not.
 */
export function checkSchemas(schemas: DataSchemas): void {
  checkEach(schemas, SCHEMA, { what: "The schemas of the channel" });
}

/**
 * Checks the data of messages against the schemas of their events. Events without a schema are not checked.
 *
 * @throws {ErrorInfo} 40013 if the data of a message does not fit.
 */
export async function checkData(
  messages: readonly OwnMessage[],
  schemas: DataSchemas,
): Promise<void> {
  await Promise.all(messages.map(async ({ name, data, isJson }) => {
    const schema = name != null && Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    // Check the value in the form that is sent: an object in its JSON form.
    const value = isJson ? JSON.parse(data as string) : data;
    const { issues } = await schema?.["~standard"].validate(value) ?? {};
    if (!issues) return;
    throw createError(
      ErrorCode.InvalidMessageData,
      `The data of "${name}" does not fit its schema: ${
        issues.map(({ message }) => message).join("; ")
      }`,
      "Publish data that fits the schema given in the channel options.",
    );
  }));
}
