use serde::{Deserialize, Serialize};
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::connections::{
    ConnectionSummary, Disconnect, ListConnections, RevocationOutcome, UseAccount, UsedBy,
};
use crate::objects::Refusal;

/// `GET /api/connections`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let connections = holder.ask(visit, &ListConnections { session: holder.session().map(str::to_owned) }).await?;
    reply::json(&connections.into_iter().map(ConnectionJson::from).collect::<Vec<_>>())
}

/// `PATCH /api/connections/:id {inUse: true}`: of several accounts of one connection, tools use this one.
pub async fn choose(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let change: Change = visit.json().await?;
    if !change.in_use {
        return Err(Refusal::new(400, "connection_wish", "An account is put out of use by disconnecting it."));
    }
    caller.ask(visit, &UseAccount { session: caller.session.clone(), id: id.to_owned() }).await?;
    reply::no_content()
}

/// `DELETE /api/connections/:id`: 204, or with `Prefer: return=representation` (RFC 7240, 4.2) what was done.
pub async fn disconnect(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let disconnect = Disconnect { session: holder.session().map(str::to_owned), id: id.to_owned() };
    let disconnected = holder.ask(visit, &disconnect).await?;
    if visit.header("prefer").is_some_and(|prefer| prefer.contains("return=representation")) {
        return reply::json(&DisconnectedJson::of(disconnected.provider_revoked));
    }
    reply::no_content()
}

/// A connected account (docs/api.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionJson {
    id: String,
    connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    scopes: Vec<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<u64>,
    in_use: bool,
    health: String,
    used_by: Vec<UsedByJson>,
}

impl From<ConnectionSummary> for ConnectionJson {
    fn from(summary: ConnectionSummary) -> Self {
        Self {
            id: summary.id,
            connection: summary.connection,
            account: summary.account,
            scopes: summary.scopes,
            created_at: summary.created_at,
            last_used: summary.last_used,
            in_use: summary.in_use,
            health: summary.health,
            used_by: summary.used_by.into_iter().map(UsedByJson::from).collect(),
        }
    }
}

/// A chat whose tools used a connection.
#[derive(Serialize)]
struct UsedByJson {
    id: String,
    title: String,
    scheduled: bool,
}

impl From<UsedBy> for UsedByJson {
    fn from(UsedBy { id, title, scheduled }: UsedBy) -> Self {
        Self { id, title, scheduled }
    }
}

/// What a disconnect did, in order.
#[derive(Serialize)]
struct DisconnectedJson {
    steps: [DisconnectStepJson; 3],
}

#[derive(Serialize)]
struct DisconnectStepJson {
    step: &'static str,
    outcome: &'static str,
}

impl DisconnectedJson {
    fn of(provider_revoked: RevocationOutcome) -> Self {
        let revoked = match provider_revoked {
            RevocationOutcome::Done => "done",
            RevocationOutcome::Failed => "failed",
            RevocationOutcome::NotPossible => "not_possible",
        };
        let step = |step, outcome| DisconnectStepJson { step, outcome };
        Self {
            steps: [
                step("provider_revoked", revoked),
                step("vault_entry_deleted", "done"),
                step("tokens_dropped", "done"),
            ],
        }
    }
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "inUse")]
    in_use: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_disconnect_tells_its_steps_in_order() {
        let done = serde_json::to_value(DisconnectedJson::of(RevocationOutcome::NotPossible)).unwrap();
        let steps = json!([
            { "step": "provider_revoked", "outcome": "not_possible" },
            { "step": "vault_entry_deleted", "outcome": "done" },
            { "step": "tokens_dropped", "outcome": "done" },
        ]);
        assert_eq!(done, json!({ "steps": steps }));
    }

    #[test]
    fn what_is_not_known_of_a_connection_is_left_out() {
        let used_by = vec![UsedBy { id: "c".into(), title: "New chat".into(), scheduled: false }];
        let summary = ConnectionSummary {
            id: "cac_1".into(),
            connection: "google-oauth2".into(),
            account: None,
            scopes: vec!["calendar".into()],
            created_at: String::new(),
            last_used: Some(1),
            in_use: true,
            health: "good".into(),
            used_by,
        };
        let shown = serde_json::to_value(ConnectionJson::from(summary)).unwrap();
        let expected = json!({
            "id": "cac_1", "connection": "google-oauth2", "scopes": ["calendar"], "createdAt": "", "lastUsed": 1, "inUse": true,
            "health": "good", "usedBy": [{ "id": "c", "title": "New chat", "scheduled": false }],
        });
        assert_eq!(shown, expected);
    }
}
