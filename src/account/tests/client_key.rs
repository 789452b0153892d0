use super::*;

/// Not a key: the signer of these tests does not look at it.
const KEY: [(&str, &str); 2] = [
    ("AUTH0_CLIENT_SECRET", ""),
    ("AUTH0_CLIENT_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----"),
];

#[test]
fn with_a_private_key_every_token_request_has_an_assertion_of_its_own_and_no_secret() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &KEY);
    let session = login_with(&core, &host, 0, Some("refresh-token-1"));
    let chat = chat(&core);
    let calendar = vault("google", &["openid", "calendar"]);
    obtain(&core, call_for(&chat, "refresh", Some(&session), &[Authority::Session]));
    obtain(&core, call_for(&chat, "exchange", Some(&session), &[calendar]));
    let _ = ask(&core, ListConnections { session: Some(session.clone()) });
    ask(&core, CloseSession { session }).unwrap();
    let sent: Vec<String> = host.sent("oauth/").iter().map(body).collect();
    assert_eq!(sent.len(), 4, "refresh, exchange, My Account, revocation: {sent:?}");
    let mut assertions = Vec::new();
    for body in &sent {
        assert!(body.contains("client_id=client&") && !body.contains("client_secret"), "{body}");
        let (_, rest) = body.split_once("client_assertion=").expect(body);
        assertions.push(rest.split('&').next().unwrap());
    }
    assertions.sort_unstable();
    assertions.dedup();
    assert_eq!(assertions.len(), sent.len(), "none is used twice");
}
