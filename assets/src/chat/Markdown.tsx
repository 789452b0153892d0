import { isValidElement, memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";
import remend from "remend";
import { Link } from "wouter";
import { splitBlocks } from "./blocks";
import { remarkCitations } from "./citations";
import { linkHost } from "./links";
import type { Source } from "./sources";

interface Props {
  text: string;
  writing: boolean;
  /** What the answer may cite; the same list as long as nothing is added to it. */
  sources: readonly Source[];
}

/**
 * An answer as Markdown. HTML in it is shown as text, pictures are never loaded (their address could carry data away),
 * and every link names the host it leads to. Citations lead to the passages of the user's documents.
 */
export default function Markdown({ text, writing, sources }: Props) {
  const blocks = splitBlocks(text);
  return (
    <div className="grid grid-cols-1 gap-2.5 wrap-anywhere [&_blockquote>*+*]:mt-2.5 [&_li>p+*]:mt-2.5">
      {blocks.map((block, index) => (
        // Text only grows at its end, so a piece keeps its place.
        <Block key={index} text={writing && index === blocks.length - 1 ? remend(block) : block} sources={sources} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text, sources }: Pick<Props, "text" | "sources">) {
  const plugins = useMemo<Options["remarkPlugins"]>(() => [remarkGfm, [remarkCitations, { sources }]], [sources]);
  return (
    <ReactMarkdown remarkPlugins={plugins} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
});

const COMPONENTS: Components = {
  // The page has its h1 already; an answer's headings come below it.
  h1: ({ children }) => <h2 className="text-lg">{children}</h2>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  ul: ({ children }) => <ul className="list-disc pl-6">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="list-decimal pl-6">
      {children}
    </ol>
  ),
  blockquote: ({ children }) => <blockquote className="border-l-3 border-line pl-4 text-quiet">{children}</blockquote>,
  hr: () => <hr className="border-line" />,
  code: ({ children, className }) => <code className={className ?? "rounded bg-raised px-1 py-0.5 text-[0.875em]"}>{children}</code>,
  th: ({ children }) => <th className="border border-line px-3 py-1 text-start align-top">{children}</th>,
  td: ({ children }) => <td className="border border-line px-3 py-1 align-top">{children}</td>,
  a: ({ href, title, children, node }) =>
    href !== undefined && node?.properties["data-source"] !== undefined ? (
      <Link href={href} title={title} aria-label={`Source ${textOf(children)}: ${title}`}>
        {children}
      </Link>
    ) : (
      <SafeLink href={href}>{children}</SafeLink>
    ),
  img: ({ src, alt }) => <SafeLink href={typeof src === "string" ? src : undefined}>Picture{alt ? `: ${alt}` : ""}</SafeLink>,
  // A wide table scrolls by itself instead of widening the conversation; the keyboard can scroll it too.
  table: ({ children }) => (
    <div className="overflow-x-auto wrap-normal" tabIndex={0} role="group" aria-label="Table">
      <table className="border-collapse">{children}</table>
    </div>
  ),
  pre: ({ children }) => (
    <pre tabIndex={0} aria-label="Code" className="overflow-auto rounded-lg bg-raised p-3 text-sm [&_code]:bg-transparent [&_code]:p-0">
      {children}
    </pre>
  ),
};

function SafeLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  const host = linkHost(href, window.location.origin);
  if (!href || host === undefined) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      {!textOf(children).includes(host) && <span className="text-[0.85em] text-quiet"> ({host})</span>}
    </a>
  );
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  if (isValidElement<{ children?: ReactNode }>(node)) return textOf(node.props.children);
  return "";
}
