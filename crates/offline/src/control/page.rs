//! One plain page over the control API.

use std::sync::Arc;

use axum::{extract::State, response::Html};

use crate::{tenant::escape, world::World};

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
         <h2>Users</h2>{users}<h2>Connected accounts</h2>{accounts}<h2>Tokens issued</h2>{tokens}<h2>Last requests</h2>{requests}</html>",
        escape(&world.options().issuer)
    ))
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
