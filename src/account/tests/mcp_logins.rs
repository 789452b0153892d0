//! Log-ins to MCP servers: a server behind an authorization server, both of a few lines.

use std::cell::{Cell, RefCell};

use deputy_http::{ReadResponse, parse_query};

use super::*;
use crate::account::mcp_servers::*;
use crate::tools::mcp::{ServerAnswer, ServerProblem};

const URL: &str = "https://vault.example/mcp";

/// The vault and its authorization server.
#[derive(Default)]
struct Vault {
    /// What the server's tools take beside `read`.
    wants: RefCell<String>,
    /// Scopes of the token that was given last.
    granted: RefCell<String>,
    /// Number of the token that was given last; each ends the one before.
    token: Cell<u32>,
    /// Requests to the token endpoint that hold the first are answered with the status and the error.
    refuses: Cell<Option<(&'static str, u16, &'static str)>>,
}

impl Vault {
    fn answer(&self, request: &Request) -> Result<Response, TransportError> {
        let (host, path) = (request.uri().host().unwrap_or_default().to_owned(), request.uri().path().to_owned());
        match (host.as_str(), path.as_str()) {
            ("vault.example", "/mcp") => self.serve(request),
            ("vault.example", "/.well-known/oauth-protected-resource/mcp") => json_answer(
                200,
                json!({"resource": URL, "authorization_servers": ["https://as.example"], "scopes_supported": ["read"]}),
            ),
            ("as.example", "/.well-known/oauth-authorization-server") => json_answer(
                200,
                json!({
                    "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
                    "token_endpoint": "https://as.example/token", "registration_endpoint": "https://as.example/register",
                    "code_challenge_methods_supported": ["S256"], "response_types_supported": ["code"],
                    "grant_types_supported": ["authorization_code", "refresh_token"],
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }),
            ),
            ("as.example", "/register") => {
                json_answer(201, json!({"client_id": "registered", "client_secret": "registered-secret"}))
            }
            ("as.example", "/token") => {
                if let Some((grant, status, error)) = self.refuses.get()
                    && body(request).contains(grant)
                {
                    return json_answer(status, json!({"error": error}));
                }
                self.token.set(self.token.get() + 1);
                let number = self.token.get();
                json_answer(
                    200,
                    json!({"access_token": format!("vault-token-{number}"), "token_type": "Bearer", "expires_in": 3600,
                        "refresh_token": format!("vault-refresh-{number}"), "scope": *self.granted.borrow()}),
                )
            }
            other => panic!("{other:?}"),
        }
    }

    fn serve(&self, request: &Request) -> Result<Response, TransportError> {
        let sent = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let metadata = "resource_metadata=\"https://vault.example/.well-known/oauth-protected-resource/mcp\"";
        let refuse = |status: u16, rest: &str| {
            let challenge = format!("Bearer {rest}{metadata}");
            Ok(deputy_http::response(status, "").with_header("www-authenticate", challenge))
        };
        if sent != Some(format!("Bearer vault-token-{}", self.token.get()).as_str()) {
            return refuse(401, "scope=\"read\", ");
        }
        let wants = self.wants.borrow().clone();
        if !wants.is_empty() && !self.granted.borrow().contains(&wants) {
            return refuse(403, &format!("error=\"insufficient_scope\", scope=\"read {wants}\", "));
        }
        let message: Value = serde_json::from_str(&body(request)).unwrap_or_default();
        let Some(id) = message.get("id") else { return json_answer(202, Value::Null) };
        let result = match message["method"].as_str().unwrap_or_default() {
            "initialize" => {
                json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "v", "version": "1"}})
            }
            "tools/list" => {
                json!({"tools": [{"name": "read", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]})
            }
            "tools/call" => json!({"content": []}),
            _ => {
                return json_answer(
                    400,
                    json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}}),
                );
            }
        };
        mcp_servers::said(json!({"jsonrpc": "2.0", "id": id, "result": result}))
    }
}

struct World {
    host: FakeHost,
    vault: Rc<Vault>,
    core: Core<FakeHost>,
    session: String,
    id: String,
}

fn world() -> World {
    let (host, vault) = (FakeHost::new(), Rc::new(Vault::default()));
    "read".clone_into(&mut vault.granted.borrow_mut());
    let answering = Rc::clone(&vault);
    host.world(move |request| answering.answer(request));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let view = ask(&core, AddMcpServer { url: URL.to_owned(), name: Some("Vault".to_owned()) }).unwrap();
    assert_eq!((view.state.as_str(), view.logged_in), ("log_in_needed", false));
    World { host, vault, core, session, id: view.id }
}

impl World {
    /// Begins a log-in; the query of the address that the browser is sent to.
    fn begin(&self) -> Vec<(String, String)> {
        let (server, session) = (self.id.clone(), self.session.clone());
        let begun = ask(&self.core, BeginMcpLogin { server, session, return_to: "/servers".to_owned() }).unwrap();
        let (address, query) = begun.redirect.split_once('?').unwrap();
        assert_eq!(address, "https://as.example/authorize");
        parse_query(query)
    }

    fn complete(&self, session: &str, query: &str) -> Result<String, Refusal> {
        let complete = CompleteMcpLogin { session: session.to_owned(), query: parse_query(query) };
        ask(&self.core, complete).map(|done| done.return_to)
    }

    fn log_in(&self) {
        let state = value(&self.begin(), "state");
        let done = self.complete(&self.session, &format!("code=c&state={state}"));
        assert_eq!(done.unwrap(), "/servers");
    }

    fn look(&self) -> ServerView {
        ask(&self.core, GetMcpServer { id: self.id.clone(), look: true }).unwrap()
    }

    /// A call of the server's tool, granted.
    fn call(&self, call_id: &str) -> ServerAnswer {
        let tool = mcp_servers::offered(&self.core).remove(0);
        mcp_servers::call(&self.core, &chat(&self.core), call_id, &tool)
    }

    /// Three that ask the server at the same time.
    fn look_together(&self) {
        let look = || ask_async(&self.core, GetMcpServer { id: self.id.clone(), look: true });
        block_on(async { futures::join!(look(), look(), look()) });
    }

    fn registrations(&self) -> usize {
        self.host.sent("https://as.example/register").len()
    }

    fn renewals(&self) -> usize {
        self.host.sent("grant_type=refresh_token").len()
    }
}

async fn ask_async<R: AccountRequest>(core: &Core<FakeHost>, request: R) {
    dispatch(core, R::NAME, &serde_json::to_string(&request).unwrap()).await.unwrap();
}

fn value(query: &[(String, String)], name: &str) -> String {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn a_server_is_logged_in_to_by_the_browser_that_began() {
    let world = world();
    let query = world.begin();
    assert_eq!((value(&query, "resource").as_str(), value(&query, "scope").as_str()), (URL, "read"));
    assert_eq!(value(&query, "redirect_uri"), "http://localhost:3000/auth/mcp/callback");
    assert_eq!(
        (value(&query, "code_challenge_method").as_str(), value(&query, "client_id").as_str()),
        ("S256", "registered")
    );
    let state = value(&query, "state");
    // Another session of the same user, and one who made the state up.
    let other = login(&world.core, &world.host);
    assert_eq!(world.complete(&other, &format!("code=c&state={state}")).unwrap_err().status, 403);
    assert_eq!(
        world.complete(&world.session, &format!("code=c&state={state}")).unwrap_err().code,
        "mcp_login_unknown",
        "it is spent"
    );
    assert_eq!(world.complete(&world.session, "code=c&state=made-up").unwrap_err().status, 400);
    assert!(world.host.sent("https://as.example/token").is_empty());
    world.log_in();
    let view = ask(&world.core, ListMcpServers {}).unwrap().remove(0);
    assert_eq!((view.state.as_str(), view.logged_in, view.tools.len()), ("ready", true, 1));
    // A log-in that takes too long is none.
    let state = value(&world.begin(), "state");
    world.host.pass(601_000);
    assert_eq!(world.complete(&world.session, &format!("code=c&state={state}")).unwrap_err().status, 400);
}

/// S-06, S-21: at rest everything is sealed, and no other row opens it; a token goes to its own server alone.
#[test]
fn s_21_tokens_are_sealed_and_go_nowhere_else() {
    let world = world();
    world.log_in();
    world.look();
    let dump = world.host.dump();
    for secret in ["vault-token", "vault-refresh", "registered-secret"] {
        assert!(!dump.contains(secret), "{secret}");
    }
    let with_token = |request: &Request| {
        request.headers().get("authorization").is_some_and(|value| value.to_str().unwrap().contains("vault-token"))
    };
    let sent: Vec<_> = world
        .host
        .sent("")
        .into_iter()
        .filter(with_token)
        .map(|request| request.uri().host().unwrap().to_owned())
        .collect();
    assert!(!sent.is_empty() && sent.iter().all(|host| host == "vault.example"), "{sent:?}");
    let session = world
        .host
        .sent("vault.example")
        .iter()
        .any(|request| format!("{:?}", request.headers()).contains("access-token-1"));
    assert!(!session, "the user's own token is never sent there");
}

/// A token that has ended is renewed once for everybody who waits, and the new refresh token is kept.
#[test]
fn one_renewal_for_everybody_who_waits() {
    let world = world();
    world.log_in();
    world.host.pass(3_600_000);
    world.look_together();
    assert_eq!(world.renewals(), 1);
    let restarted = account(&world.host, &[]);
    assert_eq!(ask(&restarted, GetMcpServer { id: world.id.clone(), look: true }).unwrap().state, "ready");
    world.host.pass(3_600_000);
    world.look();
    assert!(
        world
            .host
            .sent("grant_type=refresh_token")
            .last()
            .is_some_and(|request| body(request).contains("vault-refresh-2"))
    );
    // A refresh token that is no good: only a log-in helps, and that is what is said. Nobody sends it a second time.
    world.vault.refuses.set(Some(("grant_type=refresh_token", 400, "invalid_grant")));
    world.host.pass(3_600_000);
    let before = world.renewals();
    world.look_together();
    assert_eq!(world.look().state, "log_in_needed");
    assert_eq!(world.renewals(), before + 1);
}

/// A token that is refused before its time is renewed, once.
#[test]
fn a_token_that_was_withdrawn_is_renewed() {
    let world = world();
    world.log_in();
    world.vault.token.set(7);
    assert_eq!(world.look().state, "ready");
    assert_eq!(world.renewals(), 1);
}

/// Step-up: more permission is not "log in", keeps what was granted, and is not asked for without end.
#[test]
fn more_permission_is_asked_for_with_what_there_is() {
    let world = world();
    world.log_in();
    "write".clone_into(&mut world.vault.wants.borrow_mut());
    assert_eq!(world.look().state, "more_permission_needed");
    let scope = value(&world.begin(), "scope");
    assert!(scope.split(' ').any(|one| one == "read") && scope.split(' ').any(|one| one == "write"), "{scope}");
    // The authorization server never gives it.
    for _ in 0..2 {
        world.log_in();
        assert_eq!(world.look().state, "more_permission_needed");
    }
    let begin = BeginMcpLogin { server: world.id.clone(), session: world.session.clone(), return_to: "/".to_owned() };
    let refused = ask(&world.core, begin).unwrap_err();
    assert_eq!(refused.status, 400, "{refused:?}");
}

/// A token that was renewed in the course of a call is not written over when the call has gone well.
#[test]
fn a_call_keeps_the_grant_that_was_renewed_for_it() {
    let world = world();
    world.log_in();
    "write".clone_into(&mut world.vault.wants.borrow_mut());
    assert_eq!(world.look().state, "more_permission_needed");
    "read write".clone_into(&mut world.vault.granted.borrow_mut());
    world.log_in();
    world.vault.token.set(7);
    assert!(matches!(world.call("c1"), ServerAnswer::Done { .. }));
    world.host.pass(3_600_000);
    assert_eq!(world.look().state, "ready");
    let renewals = world.host.sent("grant_type=refresh_token");
    let last = renewals.last().map(body).unwrap_or_default();
    assert!(renewals.len() == 2 && last.contains("vault-refresh-8"), "{last}");
}

/// A log-in that is completed while a renewal of the grant before it is under way stays.
#[test]
fn a_renewal_does_not_write_over_a_log_in() {
    let world = world();
    world.log_in();
    world.host.pass(3_600_000);
    let query = format!("code=c&state={}", value(&world.begin(), "state"));
    let complete = CompleteMcpLogin { session: world.session.clone(), query: parse_query(&query) };
    let look = GetMcpServer { id: world.id.clone(), look: true };
    block_on(async { futures::join!(ask_async(&world.core, complete), ask_async(&world.core, look)) });
    // The log-in gave the second tokens, the renewal the third.
    world.host.pass(3_600_000);
    world.look();
    let used: Vec<_> = world.host.sent("grant_type=refresh_token").iter().map(body).collect();
    let holds = |token: &str| used.iter().any(|body| body.contains(token));
    assert!(holds("vault-refresh-1") && holds("vault-refresh-2") && !holds("vault-refresh-3"), "{used:?}");
}

/// A client that the authorization server has forgotten is registered anew by the next log-in.
#[test]
fn a_dead_client_is_replaced() {
    let world = world();
    world.log_in();
    world.vault.refuses.set(Some(("grant_type=refresh_token", 401, "invalid_client")));
    world.host.pass(3_600_000);
    let view = world.look();
    assert_eq!((view.state.as_str(), view.logged_in, world.registrations()), ("log_in_needed", false, 1));
    world.log_in();
    assert_eq!((world.look().state.as_str(), world.registrations()), ("ready", 2));
    // It is noticed when a log-in is finished, too.
    world.vault.refuses.set(Some(("grant_type=authorization_code", 401, "invalid_client")));
    let state = value(&world.begin(), "state");
    let refused = world.complete(&world.session, &format!("code=c&state={state}")).unwrap_err();
    assert_eq!((refused.code.as_str(), world.registrations()), ("mcp_invalid_client", 2));
    world.vault.refuses.set(None);
    world.log_in();
    assert_eq!((world.look().state.as_str(), world.registrations()), ("ready", 3));
}

/// A log-in service that is down: the call was not sent.
#[test]
fn without_a_token_nothing_is_sent() {
    let world = world();
    world.log_in();
    world.vault.refuses.set(Some(("grant_type=refresh_token", 503, "")));
    world.host.pass(3_600_000);
    assert_eq!(world.call("c1"), ServerAnswer::Failed { problem: ServerProblem::Down, sent: false });
    assert_eq!(world.look().state, "failed");
    // The token is refused in the middle of the conversation.
    world.vault.refuses.set(None);
    assert_eq!(world.look().state, "ready");
    world.vault.refuses.set(Some(("grant_type=refresh_token", 503, "")));
    world.vault.token.set(9);
    assert_eq!(world.call("c2"), ServerAnswer::Failed { problem: ServerProblem::Down, sent: false });
    assert!(world.host.sent("tools/call").is_empty());
}
