//! One plain page over the control API.

use std::sync::Arc;

use axum::{extract::State, response::Html};

use crate::{
    tenant::escape,
    world::{ApprovalState, World},
};

/// Requests shown on the page.
const LAST_REQUESTS: usize = 50;

/// `GET /`: users, connected accounts, tokens without their text, and the last requests.
pub(crate) async fn page(State(world): State<Arc<World>>) -> Html<String> {
    let users = table(
        &["User", "Id", "Connection"],
        world.users().into_iter().map(|user| vec![user.email, user.user_id, user.connection]),
    );
    let accounts = table(
        &["User id", "Connection", "Account", "Scopes"],
        world
            .connected_accounts(None)
            .into_iter()
            .map(|account| vec![account.user_id, account.connection, account.account, account.scopes.join(" ")]),
    );
    let now = world.now_ms();
    let tokens = table(
        &["Kind", "Client", "User id", "Scope", "State"],
        world.tokens().into_iter().map(|token| {
            let state = if token.revoked {
                "revoked"
            } else if token.expires_at <= now {
                "expired"
            } else {
                "valid"
            };
            let user = token.user_id.unwrap_or_default();
            vec![format!("{:?}", token.kind), token.client_id, user, token.scope, state.to_owned()]
        }),
    );
    let approvals = approvals(&world, now);
    let devices = table(
        &["Code", "Client", "State"],
        world
            .device_requests()
            .into_iter()
            .map(|device| vec![device.user_code, device.client_id, format!("{:?}", device.state)]),
    );
    let effects = table(
        &["Kind", "User id", "Account", "What"],
        world
            .effects()
            .into_iter()
            .map(|effect| vec![effect.kind.to_owned(), effect.user_id, effect.account, effect.resource.to_string()]),
    );
    let requests = table(
        &["Service", "Request", "Status"],
        world.requests().into_iter().rev().take(LAST_REQUESTS).map(|seen| {
            vec![seen.service.name().to_owned(), format!("{} {}", seen.method, seen.path), seen.status.to_string()]
        }),
    );
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Offline world</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <style>body{{font:15px/1.5 system-ui,sans-serif;margin:1.5rem;max-width:70rem}}table{{border-collapse:collapse;width:100%}}\
         th,td{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}}</style>\
         <h1>Offline world</h1><p>Issuer <code>{}</code>. The API of this port is described in <code>docs/offline.md</code>.</p>\
         <form method=\"post\" action=\"/reset\"><button>Reset everything</button></form>\
         <form method=\"post\" action=\"/keys/rotate\"><button>Rotate the signing key</button></form>\
         <h2>Approvals</h2>{approvals}<h2>Devices</h2>{devices}<h2>Effects</h2>{effects}\
         <h2>Users</h2>{users}<h2>Connected accounts</h2>{accounts}<h2>Tokens issued</h2>{tokens}<h2>Last requests</h2>{requests}</html>",
        escape(&world.options().issuer)
    ))
}

/// Every approval; the open ones with buttons.
fn approvals(world: &World, now: u64) -> String {
    let mut html =
        String::from("<table><tr><th>Message</th><th>Client</th><th>User id</th><th>State</th><th>Answer</th></tr>");
    for request in world.approvals() {
        let expired = request.expires_at <= now;
        let open = !expired && matches!(request.state, ApprovalState::Pending | ApprovalState::Ignored);
        let button = |decision: &str| {
            format!(
                "<form method=\"post\" action=\"/approvals/{}\"><button name=\"decision\" value=\"{decision}\">{decision}</button></form>",
                escape(&request.id)
            )
        };
        let answer = if open { format!("{}{}", button("approve"), button("deny")) } else { String::new() };
        let state = if expired { "Expired".to_owned() } else { format!("{:?}", request.state) };
        html.push_str("<tr>");
        for cell in [&request.binding_message, &request.client_id, &request.user_id, &state] {
            html.push_str(&format_cell("td", cell));
        }
        html.push_str(&format!("<td>{answer}</td></tr>"));
    }
    html.push_str("</table>");
    html
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut html = String::from("<table><tr>");
    for cell in head {
        html.push_str(&format_cell("th", cell));
    }
    html.push_str("</tr>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            html.push_str(&format_cell("td", &cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
    html
}

fn format_cell(element: &str, text: &str) -> String {
    format!("<{element}>{}</{element}>", escape(text))
}
