import type { Policy, ServerTool, ToolWords } from "../api/servers";
import { Button } from "../ui/Button";
import { Select } from "../ui/Field";
import { Actions, Code, Hint } from "../ui/Text";
import { changeInWords, policiesInWords } from "../words/servers";

interface Props {
  tool: ServerTool;
  busy: boolean;
  onPolicy: (policy: Policy) => void;
  onAccept: () => void;
}

/** A tool of a server: what it says of itself, what the user says of its calls, and what has changed. */
export function ToolRow({ tool, busy, onPolicy, onAccept }: Props) {
  const change = tool.change;
  return (
    <li className="grid grid-cols-1 gap-1 border-t border-line pt-2" data-tool={tool.name} data-change={change}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <strong className="wrap-anywhere">{tool.title || tool.name}</strong>
        {change === undefined && (
          <Select
            aria-label={`Calls of ${tool.name}`}
            value={tool.policy}
            disabled={busy}
            onChange={({ target }) => onPolicy(target.value as Policy)}
          >
            {policiesInWords(tool).map(([policy, words]) => (
              <option key={policy} value={policy}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </div>
      {change === undefined ? (
        <Hint className="wrap-anywhere">{tool.description}</Hint>
      ) : (
        <>
          <p>{changeInWords(change)}. It is not used until you have looked at it.</p>
          {tool.before && <Words title="Before" words={tool.before} />}
          {change !== "removed" && <Words title="Now" words={tool} />}
          <Actions>
            <Button
              small
              disabled={busy}
              aria-label={`${change === "removed" ? "Forget it" : "Accept as it is now"}: ${tool.name}`}
              onClick={onAccept}
            >
              {change === "removed" ? "Forget it" : "Accept as it is now"}
            </Button>
          </Actions>
        </>
      )}
      {tool.unusable !== undefined && <Hint>Not offered to the model: {tool.unusable}.</Hint>}
    </li>
  );
}

/** All that is pinned, as it came: nothing of it may hide in a summary. */
function Words({ title, words }: { title: string; words: ToolWords }) {
  const { description, inputSchema, annotations } = words;
  return (
    <Code label={title} className="w-full whitespace-pre-wrap wrap-anywhere">
      {`${title}\n${JSON.stringify({ title: words.title, description, inputSchema, annotations }, null, 1)}`}
    </Code>
  );
}
