/**
 * Cuts Markdown into pieces that can be rendered one by one, so that a long answer being written re-renders only its
 * last piece. Cuts are made only where no construct can reach across: before a heading, before and after a fence, and
 * between two plain paragraphs. A text with reference definitions stays whole, because any piece may refer to them.
 */
export function splitBlocks(text: string): string[] {
  if (DEFINITION.test(text)) return [text];
  const blocks: string[] = [];
  let current: string[] = [];
  let fence: string | undefined;
  const cut = () => {
    if (current.some((line) => line.trim() !== "")) blocks.push(current.join("\n"));
    current = [];
  };
  for (const line of text.split("\n")) {
    if (fence !== undefined) {
      current.push(line);
      if (closes(line, fence)) {
        fence = undefined;
        cut();
      }
      continue;
    }
    const opening = FENCE.exec(line)?.[1];
    if (opening !== undefined) {
      cut();
      fence = opening;
    } else if (HEADING.test(line) || (PLAIN.test(line) && followsParagraph(current))) {
      cut();
    }
    current.push(line);
  }
  cut();
  return blocks;
}

const DEFINITION = /^ {0,3}\[[^\]]+\]:/m;
const FENCE = /^(`{3,}|~{3,})/;
const HEADING = /^#{1,6}\s/;
/** A line that starts a paragraph and nothing else: no list, quote, table, HTML or indentation. */
const PLAIN = /^[\p{L}"“‘(]/u;

function closes(line: string, fence: string): boolean {
  const end = line.trim();
  return end.length >= fence.length && [...end].every((char) => char === fence.charAt(0));
}

/** The piece so far is one plain paragraph (or a heading) followed by an empty line. */
function followsParagraph(lines: readonly string[]): boolean {
  if (lines.at(-1)?.trim() !== "") return false;
  return lines.every((line) => line.trim() === "" || PLAIN.test(line) || HEADING.test(line));
}
