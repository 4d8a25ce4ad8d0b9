// The text of a generated file, line by line.

/** Lines with an indentation that follows the blocks. */
export class SourceText {
  readonly #lines: string[] = [];
  #indentation = "";

  /** A line as it is; several when the text has line ends. An empty one separates paragraphs. */
  line(text = ""): void {
    for (const part of text.split("\n")) {
      this.#lines.push(part === "" ? "" : this.#indentation + part);
    }
  }

  /** A line that opens a block, what is in it, and the line that closes it. */
  block(opening: string, body: () => void, closing = "}"): void {
    this.line(opening);
    this.#indentation += "  ";
    body();
    this.#indentation = this.#indentation.slice(2);
    this.line(closing);
  }

  /** A comment for documentation; nothing when the text is empty. */
  comment(text: string): void {
    const lines = commentLines(text);
    if (lines.length === 0) return;
    const [only = ""] = lines;
    if (lines.length === 1 && only.length + this.#indentation.length < 90) {
      this.line(`/** ${only} */`);
      return;
    }
    this.line("/**");
    for (const line of lines) this.line(line === "" ? " *" : ` * ${line}`);
    this.line(" */");
  }

  toString(): string {
    return `${this.#lines.join("\n").trimEnd()}\n`;
  }
}

/** Without the ends that would close the comment, or start a line of code. */
function commentLines(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => {
    return line
      .replaceAll("*/", "*\\/")
      .replace(/[^\P{Cc}\t]/gu, " ")
      .trimEnd();
  });
  while (lines.at(-1) === "") lines.pop();
  while (lines[0] === "") lines.shift();
  return lines;
}
