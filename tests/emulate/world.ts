// A provider world that others made: emulate's Google, GitHub and Slack on free ports of this machine.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createEmulator } from "emulate";
import { freePort } from "../../scripts/lib/ports.mjs";

/** The day of the seeded events. */
export const DAY = "2031-03-04";
/** More than one page of each. */
export const REPOSITORIES = Array.from({ length: 45 }, (_, number) => `repo-${number}`);
export const CHANNELS = Array.from({ length: 33 }, (_, number) => `room-${number}`);

const user = "eva@studio.example";
const seed = {
  google: {
    users: [{ email: user, name: "Eva" }],
    calendars: [
      { id: "primary", user_email: user, summary: "Eva", primary: true, selected: true, time_zone: "Europe/Berlin" },
      { id: "team", user_email: user, summary: "Team", selected: true, time_zone: "Europe/Berlin" },
    ],
    calendar_events: [
      {
        id: "talk",
        user_email: user,
        calendar_id: "primary",
        summary: "Talk",
        start_date_time: `${DAY}T09:00:00.000Z`,
        end_date_time: `${DAY}T10:00:00.000Z`,
      },
      { id: "fair", user_email: user, calendar_id: "primary", summary: "Fair", start_date: DAY, end_date: "2031-03-06", transparency: "transparent" },
    ],
    messages: [
      {
        id: "msg_html",
        thread_id: "thr_html",
        user_email: user,
        from: "Shop <shop@store.example>",
        to: user,
        subject: "Receipt 88",
        body_html: "<p>Receipt <b>88</b> over 45&nbsp;EUR is due on 9&nbsp;March.</p>",
        label_ids: ["INBOX"],
      },
    ],
  },
  github: {
    users: [{ login: "eva", name: "Eva" }],
    repos: REPOSITORIES.map((name) => ({ owner: "eva", name })),
  },
  slack: { channels: CHANNELS.map((name, number) => ({ name, is_private: number % 9 === 0 })) },
};

export interface ProviderWorld {
  /** The Worker's settings that point it at these providers. */
  settings: Record<string, string>;
  /** Asks Google as the Worker does. */
  google(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts all three. They take any bearer token, so that of the offline tenant's vault, too. */
export async function startProviders(): Promise<ProviderWorld> {
  const start = async (service: keyof typeof seed) => {
    const port = await freePort();
    return await createEmulator({ service, port, baseUrl: `http://127.0.0.1:${port}`, seed: { [service]: seed[service] } });
  };
  const [google, github, slack] = await Promise.all([start("google"), start("github"), start("slack")]);
  const form = await startForms(slack.url);
  return {
    settings: { GOOGLE_API_BASE_URL: google.url, GITHUB_API_BASE_URL: github.url, SLACK_API_BASE_URL: `${form.url}/api` },
    google: async (path) => (await fetch(`${google.url}${path}`, { headers: { authorization: "Bearer any" } })).json(),
    stop: async () => {
      await Promise.all([google.close(), github.close(), slack.close(), form.stop()]);
    },
  };
}

/** Slack reads its arguments from a query or from a form; this emulator from a form alone. */
async function startForms(target: string): Promise<{ url: string; stop(): Promise<void> }> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = new URL(request.url ?? "/", target);
    const answered = await fetch(`${target}${asked.pathname}`, {
      method: "POST",
      headers: { authorization: request.headers.authorization ?? "", "content-type": "application/x-www-form-urlencoded" },
      body: asked.searchParams.toString(),
    });
    response.writeHead(answered.status, { "content-type": answered.headers.get("content-type") ?? "application/json" });
    response.end(await answered.text());
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
