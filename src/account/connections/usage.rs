use serde::Deserialize;

use super::UsedBy;
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;

/// Health of a connection whose provider does not take the token that the tenant has.
pub const PROVIDER_REFUSED: &str = "provider_refused";

/// What is known of a connection here. The tenant knows which accounts there are.
#[derive(Deserialize, Default)]
pub struct ConnectionRow {
    pub generation: u64,
    /// The account in use (`cac_…`).
    pub account: Option<String>,
    /// Name of that account at the provider, if it was asked for by name: it goes into every exchange.
    pub login_hint: Option<String>,
    /// An account that was connected beside or instead of the one expected, until the user has chosen.
    pub candidate: Option<String>,
    pub last_used: Option<u64>,
    /// Code of what went wrong last.
    pub problem: Option<String>,
}

impl<P: Ports> Core<P> {
    /// What is known of a connection; none for one that was never used or connected.
    pub fn connection_row(&self, connection: &str) -> Result<Option<ConnectionRow>, Refusal> {
        self.row(
            "SELECT generation, account, login_hint, candidate, last_used, problem FROM connections WHERE name = ?",
            &[connection.into()],
        )
    }

    /// A tool got a token of the connection.
    pub fn used(&self, connection: &str) -> Result<(), Refusal> {
        self.exec(
            "INSERT INTO connections (name, generation, scopes, asked_scopes, last_used) VALUES (?, 0, '', '', ?)
                ON CONFLICT (name) DO UPDATE SET last_used = excluded.last_used",
            &[connection.into(), self.ports.now().into()],
        )
    }

    /// What went wrong with the connection when it was last used, or that nothing did. Written only when it changes.
    pub fn note_problem(&self, connection: &str, code: Option<&str>) -> Result<(), Refusal> {
        self.exec(
            "UPDATE connections SET problem = ? WHERE name = ? AND problem IS NOT ?",
            &[code.into(), connection.into(), code.into()],
        )
    }

    /// Chats whose calls used the connection, the last one first, as far as the ledger knows.
    pub fn used_by(&self, connection: &str) -> Result<Vec<UsedBy>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            id: String,
            title: String,
            scheduled: u64,
        }
        // The ledger writes authorities as `vault:NAME SCOPES, …`.
        let rows = self.rows::<Row>(
            "SELECT chats.id AS id, chats.title AS title,
                    EXISTS (SELECT 1 FROM schedules WHERE schedules.chat = chats.id) AS scheduled
                FROM ledger JOIN chats ON chats.id = ledger.chat
                WHERE ledger.outcome IN ('started', 'completed', 'failed', 'unknown')
                    AND instr(replace(ledger.authority, ',', ' ') || ' ', 'vault:' || ? || ' ') > 0
                GROUP BY chats.id ORDER BY max(ledger.started_at) DESC LIMIT 5",
            &[connection.into()],
        )?;
        let used_by = |row: Row| UsedBy { id: row.id, title: row.title, scheduled: row.scheduled > 0 };
        Ok(rows.into_iter().map(used_by).collect())
    }
}
