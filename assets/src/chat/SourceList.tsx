import { Link } from "wouter";
import type { Source } from "./sources";

/** The passages an answer rests on, each a link to its place in the document. */
export function SourceList({ sources }: { sources: readonly Source[] }) {
  const list = (
    <ol aria-label="Sources" className="grid gap-0.5 text-sm">
      {sources.map(({ number, title, href }) => (
        <li key={number} className="wrap-anywhere">
          <Link href={href}>
            [{number}] {title}
          </Link>
        </li>
      ))}
    </ol>
  );
  return (
    <details open={sources.length <= FEW}>
      <summary className="text-sm text-quiet">Sources</summary>
      {list}
    </details>
  );
}

/** More than these are folded away. */
const FEW = 5;
