/**
 * The bits of a protocol message's `flags` (TR3a–TR3h). For `import * as Flag`, as the actions.
 *
 * @module
 */
export const HasPresence = 1 << 0;
export const HasBacklog = 1 << 1;
export const Resumed = 1 << 2;
export const Transient = 1 << 4;
export const AttachResume = 1 << 5;
export const HasObjects = 1 << 7;
