// Stands in for the binding `AI` of Workers AI: what it is asked is passed on to the offline world, which answers in the form of
// Cloudflare's own HTTP API. Errors are thrown as the binding throws them.
import { WorkerEntrypoint } from "cloudflare:workers";

export class Ai extends WorkerEntrypoint {
  /** `env.AI.run(model, inputs)`: an event stream where one is asked for, else the result. */
  async run(model, inputs) {
    const answer = await fetch(`${this.env.WORKERS_AI_URL}/run/${model}`, {
      method: "POST",
      headers: { authorization: "Bearer stand-in", "content-type": "application/json" },
      body: JSON.stringify(inputs),
    });
    if (answer.ok && answer.headers.get("content-type")?.startsWith("text/event-stream")) return answer.body;
    const { result, errors = [] } = await answer.json();
    const [error] = errors;
    if (error) throw new Error(`${error.code}: ${error.message}`);
    return result;
  }
}

export default { fetch: () => new Response("This Worker has a binding only.", { status: 404 }) };
