/** The claims of the ID token that `GET /user` answers with, as far as the client shows them. */
export interface User {
  sub: string;
  name?: string;
  nickname?: string;
  given_name?: string;
  email?: string;
  picture?: string;
}

/** `GET /api/environment`: where this Worker runs. Public, so that the landing page can show it. */
export interface Environment {
  offline: boolean;
  model: string;
  /** The model is the offline world's script. */
  scripted: boolean;
  /** The offline world's phone, where approvals are answered; absent against a real tenant. */
  phone?: string;
  /** The seeded users of the offline world; absent against a real tenant. */
  users?: EnvironmentUser[];
}

export interface EnvironmentUser {
  name?: string;
  email?: string;
  password?: string;
}

/** One row of `GET /api/chats`. `createdAt` is milliseconds since the epoch. */
export interface ChatSummary {
  id: string;
  title: string;
  createdAt: number;
}

/** A connected account of the user, one row of `GET /api/connections` (docs/api.md). */
export interface ConnectedAccount {
  id: string;
  connection: string;
  /** The name at the provider, when known. */
  account?: string;
  scopes: string[];
  /** RFC 3339. */
  createdAt: string;
  /** Milliseconds since the epoch; absent when no tool has used it yet. */
  lastUsed?: number;
  /** False while the user has to choose between this account and another of the same connection. */
  inUse: boolean;
  /** `good`, `unused`, or the code of what went wrong. */
  health: string;
  usedBy: { id: string; title: string; scheduled: boolean }[];
}

/** One thing a disconnect did. */
export interface DisconnectStep {
  step: string;
  outcome: string;
}

/** One row of `GET /api/schedules`. `nextRun` and a numeric `time` are milliseconds since the epoch. */
export interface Schedule {
  id: string;
  chatId: string;
  description: string;
  type: string;
  time?: number | string;
  cron?: string;
  nextRun?: number | string | null;
}

/** A place where the user is logged in, one row of `GET /api/sessions` (docs/api.md). Times are milliseconds since the epoch. */
export interface Login {
  id: string;
  /** "Firefox on Windows"; absent when the browser did not say. */
  browser?: string;
  createdAt: number;
  lastUsed: number;
  /** True for the one that asks. */
  current: boolean;
}

/** The name to greet the user by. */
export function displayName(user: User): string {
  return user.name ?? user.nickname ?? user.email ?? "there";
}
