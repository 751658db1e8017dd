import type { Line, Member } from "./room.ts";

/** The elements of the page and their content. Does not depend on Ably. */
export class View {
  readonly entrance: HTMLFormElement = byId("entrance");
  readonly name: HTMLInputElement = byId("name");
  readonly composer: HTMLFormElement = byId("composer");
  readonly text: HTMLInputElement = byId("text");
  readonly invite: HTMLButtonElement = byId("invite");
  readonly #messages: HTMLOListElement = byId("messages");
  readonly #user: () => string;

  /** @param user Returns the name of the user of this page. */
  constructor(user: () => string) {
    this.#user = user;
  }

  /** Asks for a name. */
  showEntrance(): void {
    this.entrance.hidden = false;
    this.name.focus();
  }

  /** Shows the reason why signing in failed. */
  showEntranceError(message: string): void {
    byId("entrance-error").textContent = message;
  }

  /** Shows an empty room. */
  showRoom(name: string): void {
    this.entrance.hidden = true;
    byId("room").hidden = false;
    byId("room-name").textContent = name;
    document.title = `${name} – Chat`;
    this.text.focus();
  }

  /** Shows the state of the connection. */
  showConnection(state: string): void {
    const badge = byId("connection");
    badge.textContent = state;
    badge.dataset.state = state;
  }

  /** Shows an error; an empty message clears it. */
  showError(message: string): void {
    byId("error").textContent = message;
  }

  /** Shows a line, or marks a pending line as sent. */
  showLine(line: Line, { isPending = false } = {}): void {
    const known = document.getElementById(lineId(line));
    const item = known ?? document.createElement("li");
    item.id = lineId(line);
    item.className = line.author === this.#user() ? "own" : "";
    item.classList.toggle("pending", isPending);
    item.replaceChildren(
      element("span", "author", line.author),
      element(
        "p",
        line.text === null ? "unreadable" : "",
        line.text ?? "Not readable with your key",
      ),
      timeElement(line.time),
    );
    // A pending line moves to the end once it is sent, after the lines that arrived in the meantime.
    if (!known || !isPending) this.#messages.append(item);
    for (const waiting of this.#messages.querySelectorAll(".pending")) {
      this.#messages.append(waiting);
    }
    this.#messages.scrollTop = this.#messages.scrollHeight;
  }

  /** Removes a line that could not be sent. */
  removeLine(line: Pick<Line, "id" | "author">): void {
    document.getElementById(lineId(line))?.remove();
  }

  /** Shows the members, and those who are typing. */
  showMembers(members: Member[]): void {
    byId("count").textContent = String(members.length);
    byId("members").replaceChildren(...members.map((member) => this.#memberItem(member)));
    const typing = members.filter(({ name, isTyping }) => isTyping && name !== this.#user());
    byId("typing").textContent = typingText(typing.map(({ name }) => name));
  }

  #memberItem({ name, isTyping }: Member): HTMLLIElement {
    const item = document.createElement("li");
    item.classList.toggle("typing", isTyping);
    const avatar = element("span", "avatar", [...name][0]?.toUpperCase() ?? "");
    avatar.setAttribute("aria-hidden", "true");
    avatar.style.setProperty("--hue", String(hueOf(name)));
    item.append(avatar, element("span", "", name === this.#user() ? `${name} (you)` : name));
    return item;
  }
}

function byId<Element extends HTMLElement>(id: string): Element {
  return document.getElementById(id) as Element;
}

/** Includes the author: clients choose ids, so a line could otherwise replace a line of another user. */
function lineId({ id, author }: Pick<Line, "id" | "author">): string {
  return `line-${JSON.stringify([id, author])}`;
}

function element(name: string, className: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function timeElement(time: Date): HTMLTimeElement {
  const made = document.createElement("time");
  made.dateTime = time.toISOString();
  made.textContent = time.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return made;
}

function typingText(names: string[]): string {
  if (names.length === 0) return "";
  if (names.length > 2) return "Several people are typing …";
  return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing …`;
}

/** The same colour for the same name, everywhere. */
function hueOf(name: string): number {
  let hue = 7;
  for (const character of name) hue = (hue * 31 + character.codePointAt(0)!) % 360;
  return hue;
}
