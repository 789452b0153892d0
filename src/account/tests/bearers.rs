use deputy_auth0::{ResourceServer, validate_access_token};

use super::*;
use crate::account::sessions::SessionEnd;
use crate::account::tenant_keys;

const CUSTOM: [(&str, &str); 2] =
    [("AUTH0_CUSTOM_API_CLIENT_ID", "custom"), ("AUTH0_CUSTOM_API_CLIENT_SECRET", "custom-secret")];
const CALENDAR: &[&str] = &["openid", "calendar"];

/// A verified access token of ana's that her client `spa` got with these scopes.
fn bearer(host: &FakeHost, token: &str, scope: &str, lifetime_ms: u64) -> OpenBearer {
    OpenBearer {
        claims: json!({ "sub": "auth0|ana", "azp": "spa", "scope": scope }).as_object().unwrap().clone(),
        token: TokenEnvelope {
            access_token: Secret::new(token),
            refresh_token: None,
            scope: Some(scope.to_owned()),
            expires_at: now(host) + lifetime_ms,
        },
        socket: None,
        audience: None,
    }
}

fn open(core: &Core<FakeHost>, bearer: OpenBearer) -> String {
    ask(core, bearer).unwrap().session
}

fn calendar(core: &Core<FakeHost>, chat: &str, call: &str, session: &str) -> Obtained {
    obtain(core, call_for(chat, call, Some(session), &[vault("google", CALENDAR)]))
}

fn exchanged(host: &FakeHost) -> Vec<String> {
    host.sent("federated-connection-access-token").iter().map(body).collect()
}

#[test]
fn tv_04_tv_05_tv_07_a_login_exchanges_its_refresh_token_and_a_bearer_itself() {
    for (caller, subject, client) in [
        ("login", "subject_token=refresh-token-1", "client_id=client"),
        ("bearer", "subject_token=access-token-2", "client_id=custom"),
    ] {
        let host = FakeHost::new();
        host.world(tenant("openid calendar"));
        let core = account(&host, &CUSTOM);
        let session = match caller {
            "login" => login(&core, &host),
            _ => open(&core, bearer(&host, "access-token-2", "openid", 3_600_000)),
        };
        assert!(matches!(calendar(&core, &chat(&core), "a", &session), Obtained::Granted { .. }), "{caller}");
        let sent = exchanged(&host);
        assert!(sent.len() == 1 && sent[0].contains(subject) && sent[0].contains(client), "{caller}: {sent:?}");
        let kind = if caller == "login" { "refresh_token" } else { "access_token" };
        assert!(sent[0].contains(&format!("token-type%3A{kind}&")), "{sent:?}");
    }
}

/// S-16: a bearer's socket ends with the token that opened it, also when a newer one keeps its session.
#[test]
fn s_16_a_newer_token_does_not_keep_the_socket_of_an_older_one() {
    let host = FakeHost::new();
    let core = account(&host, &CUSTOM);
    let session = open(&core, bearer(&host, "one", "openid", 6_000));
    assert_eq!(open(&core, bearer(&host, "two", "openid", 3_600_000)), session);
    assert_eq!(ask(&core, SessionEnd { session }).unwrap(), None);
    let session = login(&core, &host);
    assert!(ask(&core, SessionEnd { session }).unwrap().is_some_and(|end| end > now(&host)));
}

/// UA-17: of a known token the agent is handed `identity`, `email`, `permissions`, `auth_type` and all other claims with each turn,
/// and a call of the session gets the raw token.
#[test]
fn ua_17_the_agent_is_handed_the_bearers_identity() {
    for (scope, permissions) in
        [(json!("openid agent:chat"), json!(["openid", "agent:chat"])), (Value::Null, json!([]))]
    {
        let host = FakeHost::new();
        host.world(|request| keys_for(request).unwrap_or_else(|| json_answer(404, json!({}))));
        let core = account(&host, &CUSTOM);
        let claims = json!({ "iss": "http://localhost:4400/", "aud": ["https://deputy.example/api"], "sub": "auth0|ana",
            "iat": 1_790_000_000, "exp": 1_791_000_000, "azp": "spa", "scope": scope, "email": "ana@example.com",
            "permissions": ["from:rbac"], "https://acme.example/team": "garden" });
        let token = Secret::new(signed(&claims, SIGNATURE));
        let resource_server = ResourceServer {
            issuer: core.settings.tenant.issuer.clone(),
            audience: "https://deputy.example/api".to_owned(),
            allowed_clients: None,
        };
        let verified = block_on(tenant_keys::verify(&host, &core.settings, &token)).unwrap().unwrap();
        let verified = validate_access_token(verified, &resource_server, now(&host)).unwrap();
        let session = open(&core, OpenBearer::of(&verified, token.clone(), None));
        let chat = chat(&core);
        let begin = BeginTurn { chat: chat.clone(), session: Some(session.clone()), spent: 0, servers_version: 0 };
        let turn = ask(&core, begin).unwrap();
        let handed = |name: &str| turn.claims.get(name).cloned().unwrap_or_default();
        assert_eq!((handed("identity"), handed("auth_type")), (json!("auth0|ana"), json!("auth0")));
        assert_eq!((handed("email"), handed("permissions")), (json!("ana@example.com"), permissions));
        assert_eq!((handed("azp"), handed("https://acme.example/team")), (json!("spa"), json!("garden")));
        let granted = obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]));
        let Obtained::Granted { session: Some(raw), .. } = granted else { panic!("{granted:?}") };
        assert_eq!(raw.access_token.expose(), token.expose());
    }
}

#[test]
fn tv_06_a_missing_or_mismatching_custom_api_client_names_the_setting() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = open(&core, bearer(&host, "t", "openid", 3_600_000));
    let missing = calendar(&core, &chat(&core), "a", &session);
    assert_eq!(code_of(&missing), "custom_api_client_missing");
    assert!(format!("{missing:?}").contains("AUTH0_CUSTOM_API_CLIENT_ID"));
    assert!(exchanged(&host).is_empty(), "nothing was sent");

    let core = account(&host, &CUSTOM);
    let chat = chat(&core);
    for (call, status, error, named) in [
        ("b", 403, "unauthorized_client", "AUTH0_AUDIENCE"),
        ("c", 401, "invalid_client", "AUTH0_CUSTOM_API_CLIENT_SECRET"),
    ] {
        host.world(move |_| json_answer(status, json!({ "error": error, "error_description": "No." })));
        let refused = calendar(&core, &chat, call, &session);
        assert_eq!(code_of(&refused), "custom_api_client_mismatch");
        assert!(format!("{refused:?}").contains(named), "{refused:?}");
    }
    host.world(|_| {
        json_answer(400, json!({ "error_description": "Token Vault is not enabled for the provided connection" }))
    });
    let other = calendar(&core, &chat, "d", &session);
    assert_eq!(code_of(&other), "tenant_connection_not_enabled", "that is no fault of the client");
}

/// MC-33: a token for the MCP server is exchanged by the MCP server's client, and never kept as one for the agent's API.
#[test]
fn mc_33_a_token_for_the_mcp_server_has_its_own_client_and_session() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &CUSTOM);
    let audience = "http://localhost:3000/mcp";
    let mut for_mcp = bearer(&host, "mcp-token", "openid", 3_600_000).for_audience(audience);
    for_mcp.claims.insert("aud".to_owned(), json!([audience, "https://tenant.example/userinfo"]));
    let session = open(&core, for_mcp);
    assert_ne!(session, open(&core, bearer(&host, "agent-token", "openid", 7_200_000)));
    let missing = calendar(&core, &chat(&core), "a", &session);
    assert!(format!("{missing:?}").contains("MCP_AUTH0_CLIENT_ID"), "{missing:?}");
    assert!(exchanged(&host).is_empty(), "the agent's client is not the one for it");
    let mcp = [("MCP_AUTH0_CLIENT_ID", "mcp-server"), ("MCP_AUTH0_CLIENT_SECRET", "mcp-secret")];
    let core = account(&host, &[CUSTOM, mcp].concat());
    assert!(matches!(calendar(&core, &chat(&core), "b", &session), Obtained::Granted { .. }));
    let sent = exchanged(&host);
    assert!(sent[0].contains("subject_token=mcp-token") && sent[0].contains("client_id=mcp-server"), "{sent:?}");
}

/// MC-35: subject (whose account it is), client and tool; the first word counts.
#[test]
fn mc_35_a_call_over_mcp_is_a_row_of_the_ledger() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let row = |outcome: &str| RecordMcpCall {
        call_id: "c1".to_owned(),
        tool: "whoami".to_owned(),
        effect: Effect::Reads,
        client: "inspector".to_owned(),
        outcome: outcome.to_owned(),
        code: outcome.to_owned(),
    };
    ask(&core, row("completed")).unwrap();
    ask(&core, row("failed")).unwrap();
    let dump = host.dump();
    assert!(dump.contains(r#""authority":"mcp:inspector""#) && dump.contains(r#""tool":"whoami""#), "{dump}");
    assert!(!dump.contains(r#""outcome":"failed""#));
    assert_eq!(ask(&core, row("sort of")).unwrap_err().status, 400);
}

#[test]
fn s_07_a_users_tokens_are_one_session_for_each_client_and_scope_and_no_login() {
    let host = FakeHost::new();
    let core = account(&host, &CUSTOM);
    let first = open(&core, bearer(&host, "older", "openid a", 60_000));
    assert_eq!(open(&core, bearer(&host, "newer", "a openid", 600_000)), first, "the order of scopes does not matter");
    let wider = open(&core, bearer(&host, "wide", "openid a b", 600_000));
    assert_ne!(wider, first, "other authority");
    open(&core, bearer(&host, "older", "openid a", 60_000));
    host.pass(120_000);
    let chat = chat(&core);
    let own = |call: &str, session: Option<&str>| match obtain(
        &core,
        call_for(&chat, call, session, &[Authority::Session]),
    ) {
        Obtained::Granted { session: Some(envelope), .. } => envelope.access_token.expose().to_owned(),
        other => panic!("not granted: {other:?}"),
    };
    assert_eq!(own("a", Some(&first)), "newer", "the longest lived serves");
    assert_eq!(own("b", Some(&wider)), "wide");
    let login = login(&core, &host);
    open(&core, bearer(&host, "newest", "openid c", 900_000));
    assert_eq!(own("c", None), "access-token-1", "a task without a session takes the login");
    ask(&core, CloseSession { session: login }).unwrap();
    assert_ne!(own("d", None), "access-token-1");
}

/// S-07: what names no session (a schedule, a page of a bearer's) is not done in the name of a token for another API.
#[test]
fn s_07_a_token_for_the_mcp_server_serves_nothing_that_does_not_name_it() {
    let host = FakeHost::new();
    let core = account(&host, &CUSTOM);
    let mcp = open(&core, bearer(&host, "mcp", "openid", 600_000).for_audience("http://localhost:3000/mcp"));
    let chat = chat(&core);
    let own = |call: &str, session: Option<&str>| match obtain(
        &core,
        call_for(&chat, call, session, &[Authority::Session]),
    ) {
        Obtained::Granted { session: Some(envelope), .. } => Some(envelope.access_token.expose().to_owned()),
        Obtained::SessionEnded {} => None,
        other => panic!("neither: {other:?}"),
    };
    assert_eq!(own("a", None), None);
    let turn = BeginTurn { chat: chat.clone(), session: None, spent: 0, servers_version: 0 };
    assert_eq!(ask(&core, turn).unwrap().session, None);
    assert_eq!(own("b", Some(&mcp)).as_deref(), Some("mcp"), "what names it has it");
    open(&core, bearer(&host, "agent", "openid", 600_000));
    assert_eq!(own("c", None).as_deref(), Some("agent"));
}

#[test]
fn a_bearer_serves_to_its_end_and_not_beyond() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &CUSTOM);
    let session = open(&core, bearer(&host, "t", "openid", 30_000));
    let chat = chat(&core);
    assert!(matches!(calendar(&core, &chat, "a", &session), Obtained::Granted { .. }), "less than a minute left");
    host.pass(30_000);
    let ended = calendar(&core, &chat, "b", &session);
    assert!(matches!(ended, Obtained::SessionEnded {}), "{ended:?}");
    assert!(ask(&core, bearer(&host, "old", "openid", 0)).is_err());
    assert!(host.sent("oauth/revoke").is_empty(), "it is not ours to revoke");
}

#[test]
fn s_06_the_token_is_sealed_and_not_shown() {
    let host = FakeHost::new();
    let core = account(&host, &CUSTOM);
    let call = bearer(&host, "very-secret-token", "openid", 60_000);
    assert!(!format!("{call:?}").contains("secret"));
    open(&core, call);
    #[derive(serde::Deserialize)]
    struct Row {
        tokens: String,
        claims: String,
    }
    use crate::platform::ports::Sql;
    let row = host.row::<Row>("SELECT tokens, claims FROM sessions", &[]).unwrap().unwrap();
    assert!(!row.tokens.contains("very-secret-token") && !row.claims.contains("very-secret-token"));
}
