/// Every version's statements, in order. A version that was released is never edited; a change is a new entry.
pub const MIGRATIONS: &[&[&str]] = &[
    &[
    "CREATE TABLE sessions (id TEXT PRIMARY KEY, sub TEXT NOT NULL, sid TEXT, claims TEXT NOT NULL, tokens TEXT NOT NULL,
        version INTEGER NOT NULL, created_at INTEGER NOT NULL, touched_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)",
    "CREATE TABLE sockets (session TEXT NOT NULL, chat TEXT NOT NULL, PRIMARY KEY (session, chat))",
    "CREATE TABLE logout_tokens (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)",
    "CREATE TABLE chats (id TEXT PRIMARY KEY, title TEXT NOT NULL, title_by_user INTEGER NOT NULL,
        created_at INTEGER NOT NULL)",
    "CREATE INDEX chats_by_age ON chats (created_at)",
    "CREATE TABLE connections (name TEXT PRIMARY KEY, generation INTEGER NOT NULL, account TEXT, scopes TEXT NOT NULL,
        created_at TEXT, asked_scopes TEXT NOT NULL, consented_at INTEGER, last_used INTEGER)",
    "CREATE TABLE connect_transactions (state_hash TEXT PRIMARY KEY, session TEXT NOT NULL, connection TEXT NOT NULL,
        scopes TEXT NOT NULL, return_to TEXT NOT NULL, sealed TEXT NOT NULL, expires_at INTEGER NOT NULL)",
    "CREATE TABLE waiting (chat TEXT NOT NULL, call_id TEXT NOT NULL, connection TEXT NOT NULL, asked_at INTEGER NOT NULL,
        answered_at INTEGER, PRIMARY KEY (chat, call_id, connection))",
    "CREATE TABLE exchanges (name TEXT PRIMARY KEY, version INTEGER NOT NULL, deadline INTEGER NOT NULL)",
    "CREATE TABLE ledger (chat TEXT NOT NULL, call_id TEXT NOT NULL, tool TEXT NOT NULL, effect TEXT NOT NULL,
        digest TEXT NOT NULL, authority TEXT NOT NULL, session TEXT, outcome TEXT NOT NULL, code TEXT,
        started_at INTEGER NOT NULL, settled_at INTEGER, PRIMARY KEY (chat, call_id))",
    "CREATE INDEX ledger_by_age ON ledger (started_at)",
    "CREATE TABLE counters (day INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (day, name))",
    "CREATE TABLE schedules (chat TEXT NOT NULL, id TEXT NOT NULL, entry TEXT NOT NULL, next_run INTEGER NOT NULL,
        PRIMARY KEY (chat, id))",
],
    // 2: several accounts of one connection, and what went wrong with it last.
    &[
        "ALTER TABLE connections ADD COLUMN login_hint TEXT",
        "ALTER TABLE connections ADD COLUMN candidate TEXT",
        "ALTER TABLE connections ADD COLUMN problem TEXT",
        "ALTER TABLE connect_transactions ADD COLUMN login_hint TEXT",
    ],
    // 3: approvals on the user's device.
    &[
    "CREATE TABLE approvals (id TEXT PRIMARY KEY, digest TEXT NOT NULL, authority TEXT NOT NULL, state TEXT NOT NULL,
        sealed TEXT, message TEXT NOT NULL, details TEXT NOT NULL, requested_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL, next_poll_at INTEGER NOT NULL, interval_seconds INTEGER NOT NULL, used_by TEXT,
        code TEXT NOT NULL, said TEXT NOT NULL)",
    "CREATE INDEX approvals_by_age ON approvals (requested_at)",
    "CREATE TABLE approval_calls (chat TEXT NOT NULL, call_id TEXT NOT NULL, approval TEXT NOT NULL,
        PRIMARY KEY (chat, call_id))",
    ],
    // 4: MCP servers of the user, and their tools.
    &[
    "CREATE TABLE mcp_servers (id TEXT PRIMARY KEY, word TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL, paused INTEGER NOT NULL, said TEXT NOT NULL, created_at INTEGER NOT NULL,
        listed_at INTEGER NOT NULL, sealed TEXT, challenge TEXT, revision TEXT)",
    "CREATE TABLE mcp_tools (server TEXT NOT NULL, name TEXT NOT NULL, place INTEGER NOT NULL, now TEXT, accepted TEXT,
        policy TEXT NOT NULL, PRIMARY KEY (server, name))",
    "CREATE TABLE mcp_logins (state_hash TEXT PRIMARY KEY, server TEXT NOT NULL, session TEXT NOT NULL,
        return_to TEXT NOT NULL, sealed TEXT NOT NULL, expires_at INTEGER NOT NULL)",
    ],
    // 5: the browser of a login, for the list of them.
    &["ALTER TABLE sessions ADD COLUMN browser TEXT"],
];
