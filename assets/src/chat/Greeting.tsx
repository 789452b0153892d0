/** The sentence of the empty chat (requirement UA-08). */
export function greeting(name: string): string {
  return `Hello ${name}, I'm your personal assistant. How can I help you today?`;
}

const IDEAS = ["Am I free tomorrow at 9?", "What is the weather in Berlin?", "In 5 seconds remind me to stretch", "What time is it in Tokyo?"];

/** A few sentences to start with, each sent by one click. */
export function Suggestions({ onPick, disabled }: { onPick: (text: string) => void; disabled?: boolean }) {
  return (
    <ul className="suggestions" aria-label="Suggestions">
      {IDEAS.map((idea) => (
        <li key={idea}>
          <button type="button" className="suggestion" disabled={disabled} onClick={() => onPick(idea)}>
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
    <div className="empty">
      <p className="emoji" role="img" aria-label="Robot">
        🤖
      </p>
      <p className="greeting">{greeting(name)}</p>
      <Suggestions onPick={onPick} />
    </div>
  );
}
