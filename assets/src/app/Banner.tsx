import type { Environment } from "../api/types";

/** Says plainly that nothing here is real, and how to leave the offline world. */
export function OfflineBanner({ environment }: { environment: Environment | undefined }) {
  if (!environment?.offline) return null;
  return (
    <aside
      className="flex flex-wrap gap-x-4 gap-y-1 border-b border-ask bg-ask-ground px-4 py-1.5 text-sm max-md:px-3 max-md:py-1"
      aria-label="Environment"
    >
      <strong>Offline world, {environment.scripted ? "scripted model" : `model ${environment.model}`}</strong>
      <details className="open:basis-full open:pb-2">
        <summary>How to leave it</summary>
        <p>
          The login and the accounts are simulated on this machine
          {environment.scripted ? ", and the model is a script. To use a real Auth0 tenant and a real model:" : ". To use a real Auth0 tenant:"}
        </p>
        <ol className="list-decimal pl-5">
          <li>
            Copy <code>.dev.vars.example</code> to <code>.dev.vars</code>.
          </li>
          <li>
            Fill in your tenant (<code>AUTH0_DOMAIN</code>, <code>AUTH0_CLIENT_ID</code>, <code>AUTH0_CLIENT_SECRET</code> and the others it lists)
            and your model (<code>OPENAI_API_KEY</code>, <code>MODEL</code>).
          </li>
          <li>
            Stop this server and run <code>npm start</code> again.
          </li>
        </ol>
      </details>
    </aside>
  );
}
