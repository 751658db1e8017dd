import { AesCbcCipher } from "../../crypto/aes_cbc.ts";
import { getDefaultParams } from "../../crypto/cipher_params.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { MODE_FLAGS, type ResolvedChannelMode } from "../../protocol/actions.ts";
import { type ChannelOptions, readChannelOptions } from "../../client/channel_options.ts";
import type { DataSchemas } from "../../client/data_schemas.ts";
import { readTexts } from "../../util/read_members.ts";
import type { Logger } from "../../util/logger.ts";
import type { RandomSource } from "../../util/random.ts";

/** Options with their defaults. */
export interface ResolvedChannelOptions {
  readonly cipher: AesCbcCipher | null;
  readonly params: Readonly<Record<string, string>>;
  readonly modes: readonly ResolvedChannelMode[];
  readonly attachOnSubscribe: boolean;
  readonly schemas: DataSchemas | null;
  /** The options as they were given. */
  readonly given: ChannelOptions;
  /** Whether params and modes were given at all (RTL16a). */
  readonly gives: { readonly params: boolean; readonly modes: boolean };
}

/** The options of most channels, which they share. */
const DEFAULTS: Omit<ResolvedChannelOptions, "given"> = {
  cipher: null,
  params: {},
  modes: [],
  attachOnSubscribe: true,
  schemas: null,
  gives: { params: false, modes: false },
};

/**
 * Checks and completes channel options.
 *
 * @throws {ErrorInfo} 40000 for params or modes that are not valid, 40003 for a bad cipher.
 */
export function resolveChannelOptions(
  options: ChannelOptions | null | undefined,
  { random, logger }: { random: RandomSource; logger: Logger },
): ResolvedChannelOptions {
  if (options == null) return { ...DEFAULTS, given: {} };
  const given = readChannelOptions(options, logger);
  const { cipher, params, modes, attachOnSubscribe, schemas } = given;
  return {
    given,
    cipher: cipher == null ? null : new AesCbcCipher(getDefaultParams(cipher), random),
    params: checkParams(params ?? {}),
    modes: checkModes(modes ?? []),
    attachOnSubscribe: attachOnSubscribe ?? true,
    schemas: schemas ?? null,
    gives: { params: params != null, modes: modes != null },
  };
}

/**
 * Whether new options request something else of the service than an ATTACH with the former ones (RTL16a, RTS3c1). Params or
 * modes that are not given request nothing. The param `agent` only names the caller.
 */
export function mustNegotiate(
  before: ResolvedChannelOptions,
  { gives, params, modes }: ResolvedChannelOptions,
): boolean {
  return gives.params && textOf(before.params) !== textOf(params) ||
    gives.modes && String([...before.modes].sort()) !== String([...modes].sort());
}

function textOf({ agent: _, ...params }: Record<string, string>): string {
  return JSON.stringify(Object.entries(params).sort());
}

/** A copy of channel params, as text. */
export function checkParams(params: Record<string, string>): Record<string, string> {
  return readTexts(params, { what: "The channel params", code: ErrorCode.BadRequest });
}

function checkModes(modes: readonly string[]): ResolvedChannelMode[] {
  if (!Array.isArray(modes)) {
    throw invalidChannelOptions(
      "The channel modes must be an array",
      'Give an array such as ["subscribe"].',
    );
  }
  return modes.map((given) => {
    const mode = String(given).toLowerCase().replace(/^message_subscribe$/, "subscribe"); // TR3u
    if (mode in MODE_FLAGS) return mode as ResolvedChannelMode;
    throw invalidChannelOptions(
      `"${given}" is not a channel mode`,
      `Use ${Object.keys(MODE_FLAGS).join(", ")}.`,
    );
  });
}

function invalidChannelOptions(message: string, remediation: string): ErrorInfo {
  return createError(ErrorCode.BadRequest, message, remediation);
}
