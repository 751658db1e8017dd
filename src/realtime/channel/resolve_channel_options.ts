import { AesCbcCipher } from "../../crypto/aes_cbc.ts";
import { getDefaultParams } from "../../crypto/cipher_params.ts";
import { ErrorCode } from "../../error_codes.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { MODE_FLAGS, type ResolvedChannelMode } from "../../protocol/actions.ts";
import { type ChannelOptions, readChannelOptions } from "../../client/channel_options.ts";
import type { DataSchemas } from "../../client/data_schemas.ts";
import { readEntries } from "../../util/read_members.ts";
import type { Logger } from "../../util/logger.ts";
import type { RandomSource } from "../../util/random.ts";

/** Options with their defaults. */
export interface ResolvedChannelOptions {
  readonly cipher: AesCbcCipher | null;
  readonly params: Readonly<Record<string, string>>;
  readonly modes: readonly ResolvedChannelMode[];
  readonly attachOnSubscribe: boolean;
  readonly schemas: DataSchemas | null;
  /** Whether params or modes were given at all, so that the service has to be told (RTL16a). */
  readonly negotiates: boolean;
}

/**
 * Checks and completes channel options.
 *
 * @throws {ErrorInfo} 40000 for params or modes that are not valid, 40003 for a bad cipher.
 */
export function resolveChannelOptions(
  options: ChannelOptions | null | undefined,
  { random, logger }: { random: RandomSource; logger: Logger },
): ResolvedChannelOptions {
  const { cipher, params, modes, attachOnSubscribe, schemas } = readChannelOptions(options, logger);
  return {
    cipher: cipher == null ? null : new AesCbcCipher(getDefaultParams(cipher), random),
    params: checkParams(params ?? {}),
    modes: checkModes(modes ?? []),
    attachOnSubscribe: attachOnSubscribe ?? true,
    schemas: schemas ?? null,
    negotiates: params != null || modes != null,
  };
}

/**
 * Whether new options say something to the service that the former ones did not (RTS3c1). Where they give neither params nor
 * modes they say nothing (RTL16a): what was asked for before is not asked for again when the channel is attached next.
 */
export function mustNegotiate(
  before: ResolvedChannelOptions,
  after: ResolvedChannelOptions,
): boolean {
  if (!after.negotiates) return false;
  const text = ({ params, modes }: ResolvedChannelOptions) =>
    JSON.stringify([Object.entries(params).sort(), [...modes].sort()]);
  return text(before) !== text(after);
}

/** A copy of channel params, as text. */
export function checkParams(params: Record<string, string>): Record<string, string> {
  const entries = readEntries(params, { what: "The channel params", code: ErrorCode.BadRequest });
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
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
