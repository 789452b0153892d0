import { citationsIn, type Source } from "./sources";

/** As much of a Markdown tree as is looked at here. */
interface Node {
  type: string;
  value?: string;
  url?: string;
  title?: string;
  children?: Node[];
  data?: { hProperties: Record<string, string> };
}

/** For remark: makes `[1]` in an answer's text a link to the passage. What is code, or a link already, stays as it is. */
export function remarkCitations({ sources }: { sources: readonly Source[] }) {
  return (tree: Node) => cite(tree, sources);
}

function cite(node: Node, sources: readonly Source[]): void {
  if (node.children === undefined || node.type === "link" || node.type === "linkReference") return;
  node.children = node.children.flatMap((child) => {
    if (child.type !== "text") {
      cite(child, sources);
      return [child];
    }
    return citationsIn(child.value ?? "", sources).map((piece) => (typeof piece === "string" ? { type: "text", value: piece } : linkTo(piece)));
  });
}

function linkTo({ number, title, href }: Source): Node {
  return {
    type: "link",
    url: href,
    title,
    children: [{ type: "text", value: `[${number}]` }],
    // The renderer tells it from a link that the model wrote.
    data: { hProperties: { "data-source": String(number) } },
  };
}
