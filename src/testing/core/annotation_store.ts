import type { StoredAnnotation } from "./channel_event.ts";

/** The annotations of a channel's messages, including their deletions. */
export class AnnotationStore {
  readonly #byMessage = new Map<string, StoredAnnotation[]>();

  add(annotation: StoredAnnotation): void {
    const list = this.#byMessage.get(annotation.messageSerial);
    if (list === undefined) this.#byMessage.set(annotation.messageSerial, [annotation]);
    else list.push(annotation);
  }

  /** Removes the annotations of a message. */
  forget(messageSerial: string): void {
    this.#byMessage.delete(messageSerial);
  }

  /** The annotations of all messages. */
  all(): StoredAnnotation[] {
    return [...this.#byMessage.values()].flat();
  }

  /** The annotations of one message, oldest first. */
  of(messageSerial: string): readonly StoredAnnotation[] {
    return this.#byMessage.get(messageSerial) ?? [];
  }

  /** The annotations of one message by type, oldest first. */
  byType(messageSerial: string): Map<string, StoredAnnotation[]> {
    const groups = new Map<string, StoredAnnotation[]>();
    for (const annotation of this.of(messageSerial)) {
      const group = groups.get(annotation.type);
      if (group === undefined) groups.set(annotation.type, [annotation]);
      else group.push(annotation);
    }
    return groups;
  }
}
