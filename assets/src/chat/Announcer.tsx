import type { UIMessage } from "ai";
import { useEffect, useRef, useState } from "react";
import { toolTitle } from "../words/tools";

interface Props {
  messages: UIMessage[];
  busy: boolean;
  /** Names of the tools that wait for the user. */
  waiting: string[];
}

/** The one polite live region: finished answers and new questions, never single words of an answer being written. */
export function Announcer({ messages, busy, waiting }: Props) {
  const [text, setText] = useState("");
  const wasBusy = useRef(busy);
  const said = useRef("");

  const question = waiting.length === 0 ? "" : `Waiting for you: ${waiting.map(toolTitle).join(", ")}.`;

  useEffect(() => {
    if (wasBusy.current && !busy) setText(answerText(messages.at(-1)));
    wasBusy.current = busy;
  }, [busy, messages]);

  useEffect(() => {
    if (text === "") return;
    // Said once; left standing it would be read a second time by whoever walks through the page.
    const timer = setTimeout(() => setText(""), STANDING);
    return () => clearTimeout(timer);
  }, [text]);

  useEffect(() => {
    if (question !== "" && question !== said.current) setText(question);
    said.current = question;
  }, [question]);

  return (
    <div className="sr-only" aria-live="polite" aria-atomic="true" data-testid="announcer">
      {text}
    </div>
  );
}

/** The text of a finished answer without Markdown signs, cut to what can be listened to. */
export function answerText(message: UIMessage | undefined): string {
  if (message?.role !== "assistant") return "";
  const text = message.parts
    .map((part) => (part.type === "text" ? part.text : ""))
    .join(" ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(#{1,6}|>|```\w*)\s?|[*`|]/gm, "")
    .trim();
  return text.length > SPOKEN ? `${text.slice(0, SPOKEN)}… The rest is in the conversation.` : text;
}

/** Characters of an answer that are read out. */
const SPOKEN = 600;
/** Milliseconds an announcement stays in the page. */
const STANDING = 5_000;
