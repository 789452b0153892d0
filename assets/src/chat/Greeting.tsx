/** The sentence of the empty chat (requirement UA-08). */
export function greeting(name: string): string {
  return `Hello ${name}, I'm your personal assistant. How can I help you today?`;
}

const IDEAS = ["Am I free tomorrow at 9?", "What is the weather in Berlin?", "In 5 seconds remind me to stretch", "What time is it in Tokyo?"];

/** A few sentences to start with, each sent by one click. */
export function Suggestions({ onPick, disabled }: { onPick: (text: string) => void; disabled?: boolean }) {
  return (
    <ul className="flex flex-wrap justify-center gap-2" aria-label="Suggestions">
      {IDEAS.map((idea) => (
        <li key={idea}>
          <button
            type="button"
            className="min-h-9 rounded-full border border-line bg-surface px-3.5 py-1 enabled:hover:border-accent disabled:opacity-60 pointer-coarse:min-h-11"
            disabled={disabled}
            onClick={() => onPick(idea)}
          >
            {idea}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What an empty chat shows. */
export function EmptyChat({ name, onPick }: { name: string; onPick: (text: string) => void }) {
  return (
    <div className="grid grid-cols-1 justify-items-center gap-4 pt-[12vh] text-center max-md:pt-[4vh]">
      <p className="text-5xl leading-none" role="img" aria-label="Robot">
        🤖
      </p>
      <p className="max-w-lg text-lg">{greeting(name)}</p>
      <Suggestions onPick={onPick} />
    </div>
  );
}
