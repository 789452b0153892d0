//! The Management API: what is made through it is what the tenant works with.

mod support;

use serde_json::{Value, json};
use support::{Answer, Harness, ISSUER, VERIFIER, text};

const CALLBACK: &str = "http://localhost:3000/auth/callback";

impl Harness {
    /// A token of the management client with these scopes; all of them when the text is empty.
    async fn management(&self, scope: &str) -> String {
        let audience = format!("{ISSUER}api/v2/");
        let answer = self
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", "deputy-offline-management"),
                ("client_secret", "offline-management-secret-not-a-real-one"),
                ("audience", &audience),
                ("scope", scope),
            ])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        text(&answer.json(), "access_token")
    }

    async fn api(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        self.call(method, &format!("/api/v2{path}"), token, body).await
    }
}

#[track_caller]
fn ok(answer: &Answer) -> Value {
    assert!(answer.status.is_success(), "{} {}", answer.status, answer.text);
    if answer.text.is_empty() { Value::Null } else { answer.json() }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body.get("statusCode"), Some(&json!(status)));
    assert!(text(&body, "message").contains(words), "{words} in {body}");
}

/// Every endpoint: method, path, the scopes that open it, a body that it takes (without an answer of use).
const ENDPOINTS: &[(&str, &str, &str)] = &[
    ("GET", "/clients", "read:clients"),
    ("POST", "/clients", "create:clients"),
    ("GET", "/clients/none", "read:clients"),
    ("PATCH", "/clients/none", "update:clients"),
    ("DELETE", "/clients/none", "delete:clients"),
    ("GET", "/resource-servers", "read:resource_servers"),
    ("POST", "/resource-servers", "create:resource_servers"),
    ("GET", "/resource-servers/none", "read:resource_servers"),
    ("PATCH", "/resource-servers/none", "update:resource_servers"),
    ("DELETE", "/resource-servers/none", "delete:resource_servers"),
    ("GET", "/client-grants", "read:client_grants"),
    ("POST", "/client-grants", "create:client_grants"),
    ("GET", "/client-grants/none", "read:client_grants"),
    ("PATCH", "/client-grants/none", "update:client_grants"),
    ("DELETE", "/client-grants/none", "delete:client_grants"),
    ("GET", "/connections", "read:connections"),
    ("POST", "/connections", "create:connections"),
    ("GET", "/connections/none", "read:connections"),
    ("PATCH", "/connections/none", "update:connections"),
    ("DELETE", "/connections/none", "delete:connections"),
    ("GET", "/connections/none/clients", "read:connections"),
    ("PATCH", "/connections/none/clients", "update:connections"),
    ("GET", "/roles", "read:roles"),
    ("POST", "/roles", "create:roles"),
    ("GET", "/roles/none", "read:roles"),
    ("PATCH", "/roles/none", "update:roles"),
    ("DELETE", "/roles/none", "delete:roles"),
    ("GET", "/roles/none/permissions", "read:roles"),
    ("POST", "/roles/none/permissions", "update:roles"),
    ("DELETE", "/roles/none/permissions", "update:roles"),
    ("POST", "/roles/none/users", "update:roles"),
    ("GET", "/actions/actions", "read:actions"),
    ("POST", "/actions/actions", "create:actions"),
    ("GET", "/actions/actions/none", "read:actions"),
    ("PATCH", "/actions/actions/none", "update:actions"),
    ("DELETE", "/actions/actions/none", "delete:actions"),
    ("POST", "/actions/actions/none/deploy", "create:actions"),
    ("GET", "/token-exchange-profiles", "read:token_exchange_profiles"),
    ("POST", "/token-exchange-profiles", "create:token_exchange_profiles"),
    ("GET", "/token-exchange-profiles/none", "read:token_exchange_profiles"),
    ("PATCH", "/token-exchange-profiles/none", "update:token_exchange_profiles"),
    ("DELETE", "/token-exchange-profiles/none", "delete:token_exchange_profiles"),
    ("GET", "/users/none", "read:users"),
    ("POST", "/users/none/identities", "update:users"),
    ("DELETE", "/users/none/identities/auth0/one", "update:users"),
    ("GET", "/tenants/settings", "read:tenant_settings"),
    ("PATCH", "/tenants/settings", "update:tenant_settings"),
];

#[tokio::test]
async fn every_endpoint_refuses_no_token_another_audience_and_names_the_scope_that_is_missing() {
    let offline = Harness::new();
    let user = text(&offline.tokens("ana@example.com").await, "access_token");
    for (method, path, scope) in ENDPOINTS {
        refused(&offline.api(method, path, "", None).await, 401, "Missing authentication");
        refused(&offline.api(method, path, "guessed", None).await, 401, "Invalid token");
        refused(&offline.api(method, path, &user, None).await, 401, "Bad audience");
        let other = if scope.contains("roles") { "read:clients" } else { "read:roles" };
        let token = offline.management(other).await;
        refused(&offline.api(method, path, &token, None).await, 403, scope);
    }
}

#[tokio::test]
async fn every_endpoint_answers_404_for_what_is_not_there_and_400_for_what_it_does_not_know() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let bodies = [
        ("/connections/none/clients", json!([{ "client_id": "deputy-offline", "status": true }])),
        ("/roles/none/users", json!({ "users": [] })),
        ("/users/none/identities", json!({ "provider": "auth0", "user_id": "one" })),
        (
            "/roles/none/permissions",
            json!({ "permissions": [{ "resource_server_identifier": support::API, "permission_name": "agent:chat" }] }),
        ),
    ];
    for (method, path, _) in ENDPOINTS.iter().filter(|(_, path, _)| path.contains("none")) {
        // Auth0 answers 204 for an application that is gone already.
        if *method == "DELETE" && path.starts_with("/clients") {
            continue;
        }
        let body = bodies.iter().find(|(of, _)| of == path).map_or_else(|| json!({}), |(_, body)| body.clone());
        let body = (*method != "GET").then_some(body);
        refused(&offline.api(method, path, &token, body).await, 404, "does not exist");
    }
    for (method, path, _) in ENDPOINTS {
        match *method {
            "GET" if !path.contains("none") && *path != "/tenants/settings" => {
                refused(&offline.api("GET", &format!("{path}?sort=name"), &token, None).await, 400, "sort");
            }
            "POST" | "PATCH" if !path.ends_with("deploy") => {
                let answer = offline.api(method, path, &token, Some(json!({ "surprise": 1 }))).await;
                assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text);
                let answer = offline.api(method, path, &token, None).await;
                refused(&answer, 400, "content type");
            }
            _ => {}
        }
    }
    refused(&offline.api("GET", "/nothing", &token, None).await, 404, "Not Found");
}

#[tokio::test]
async fn lists_come_in_pages_by_number_and_by_checkpoint() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let get = async |path: &str| ok(&offline.api("GET", path, &token, None).await);
    let all = get("/clients?per_page=100").await;
    let page = get("/clients?per_page=3&page=1&include_totals=true").await;
    assert_eq!(page["total"], all.as_array().unwrap().len());
    assert_eq!((&page["start"], &page["limit"]), (&json!(3), &json!(3)));
    assert_eq!(page["clients"][0], all[3]);
    let names = get("/clients?fields=name,client_id&include_fields=true&per_page=1").await;
    assert_eq!(names[0].as_object().unwrap().len(), 2);

    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = get(&format!("/connections?take=7{next}")).await;
        found.extend(page["connections"].as_array().unwrap().clone());
        let Some(checkpoint) = page["next"].as_str() else { break };
        next = format!("&from={checkpoint}");
    }
    let bare = get("/connections?name=google-oauth2").await;
    assert!(found.len() > 7 && found.contains(&bare[0]));
    for (query, word) in [
        ("/clients?per_page=101", "per_page"),
        ("/clients?page=-1", "page"),
        ("/clients?include_totals=maybe", "include_totals"),
        ("/clients?page=0&page=1", "twice"),
        ("/connections?take=0", "take"),
        ("/connections?from=elsewhere", "from"),
        ("/connections?page=0", "page"),
    ] {
        refused(&offline.api("GET", query, &token, None).await, 400, word);
    }
}

#[tokio::test]
async fn an_application_that_was_made_can_log_users_in_and_its_secret_is_shown_to_who_may_read_keys() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let body = json!({
        "name": "Made", "app_type": "regular_web", "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "oidc_logout": { "backchannel_logout_urls": ["http://localhost:3000/auth/backchannel-logout"] },
        "client_metadata": { "deputy": "web" },
        "refresh_token": {
            "rotation_type": "non-rotating", "expiration_type": "non-expiring",
            "policies": [{ "audience": format!("{ISSUER}me/"), "scope": ["read:me:connected_accounts"] }],
        },
    });
    let made = ok(&offline.api("POST", "/clients", &token, Some(body)).await);
    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    let code = offline.log_in("ana@example.com", &[("client_id", &id)]).await.parameter("code").expect("a code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = offline.token(&fields).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let path = format!("/clients/{id}");
    let plain = offline.management("read:clients").await;
    assert!(ok(&offline.api("GET", &path, &plain, None).await).get("client_secret").is_none());
    let keys = offline.management("read:clients read:client_keys").await;
    assert_eq!(ok(&offline.api("GET", &path, &keys, None).await)["client_secret"], secret);
    // Metadata is merged, and goes with an empty value; lists are replaced.
    let change =
        json!({ "client_metadata": { "deputy": "", "more": "1" }, "callbacks": ["https://elsewhere.example/cb"] });
    let changed = ok(&offline.api("PATCH", &path, &token, Some(change)).await);
    assert_eq!(changed["client_metadata"], json!({ "more": "1" }));
    assert_eq!(offline.authorize(&[("client_id", &id)], None).await.status, 403);
    let plain = offline.management("update:clients").await;
    let answer = offline.api("PATCH", &path, &plain, Some(json!({ "client_secret": "another" }))).await;
    refused(&answer, 403, "update:client_keys");
    assert_eq!(offline.api("DELETE", &path, &token, None).await.status, 204);
    assert_eq!(offline.token(&fields).await.status, 401);
}

#[tokio::test]
async fn what_an_application_must_not_be_is_refused_with_the_rule() {
    let offline = Harness::new();
    let token = offline.management("").await;
    for (body, word) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": 1 }), "name"),
        (json!({ "name": "x", "app_type": "toaster" }), "app_type"),
        (json!({ "name": "x", "callbacks": ["not a url"] }), "callbacks"),
        (json!({ "name": "x", "grant_types": ["magic"] }), "magic"),
        (json!({ "name": "x", "app_type": "resource_server" }), "resource_server_identifier"),
        (json!({ "name": "x", "resource_server_identifier": support::API }), "resource_server_identifier"),
        (json!({ "name": "x", "client_metadata": { "a": "x".repeat(256) } }), "client_metadata"),
        (json!({ "name": "x", "refresh_token": { "rotation_type": "rotating" } }), "expiration_type"),
        (
            json!({ "name": "x", "refresh_token": { "rotation_type": "rotating", "expiration_type": "non-expiring" } }),
            "rotate",
        ),
        (json!({ "name": "x", "async_approval_notification_channels": ["pigeon"] }), "async_approval"),
        (json!({ "name": "x", "client_secret": "mine" }), "client_secret"),
    ] {
        refused(&offline.api("POST", "/clients", &token, Some(body)).await, 400, word);
    }
    let body = json!({ "name": "x", "app_type": "resource_server", "resource_server_identifier": "https://nowhere/" });
    refused(&offline.api("POST", "/clients", &token, Some(body)).await, 404, "resource server");
}

/// MC-06, MC-11, MC-22, OA-07.
#[tokio::test]
async fn an_api_with_a_role_gives_its_permissions_to_who_has_the_role() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let identifier = "http://localhost:3901/";
    let body = json!({
        "identifier": identifier, "name": "Tools", "signing_alg": "RS256", "token_dialect": "rfc9068_profile_authz",
        "enforce_policies": true, "scopes": [{ "value": "tool:whoami", "description": "Access the WhoAmI tool" }],
    });
    let api = ok(&offline.api("POST", "/resource-servers", &token, Some(body.clone())).await);
    assert_eq!(api["token_dialect"], "rfc9068_profile_authz");
    assert_eq!(api["scopes"], body["scopes"]);
    refused(&offline.api("POST", "/resource-servers", &token, Some(body)).await, 409, "already exists");
    let role = ok(&offline.api("POST", "/roles", &token, Some(json!({ "name": "User" }))).await);
    refused(&offline.api("POST", "/roles", &token, Some(json!({ "name": "User" }))).await, 409, "in use");
    let path = format!("/roles/{}", text(&role, "id"));
    let permission =
        |name: &str| json!({ "permissions": [{ "resource_server_identifier": identifier, "permission_name": name }] });
    let permissions = format!("{path}/permissions");
    refused(&offline.api("POST", &permissions, &token, Some(permission("tool:none"))).await, 400, "tool:none");
    ok(&offline.api("POST", &permissions, &token, Some(permission("tool:whoami"))).await);
    assert_eq!(ok(&offline.api("GET", &permissions, &token, None).await)[0]["permission_name"], "tool:whoami");
    let held = || offline.user("chris").roles.iter().any(|role| role == "User");
    assert!(!held());
    let users = json!({ "users": [offline.user("chris").user_id] });
    ok(&offline.api("POST", &format!("{path}/users"), &token, Some(users)).await);
    assert!(held(), "and with it what the role permits, which its tokens say");
    ok(&offline.api("DELETE", &permissions, &token, Some(permission("tool:whoami"))).await);
    assert_eq!(ok(&offline.api("GET", &permissions, &token, None).await), json!([]));
    ok(&offline.api("DELETE", &path, &token, None).await);
    assert!(!held());
    // By its identifier, percent-encoded, as by its id.
    ok(&offline.api("DELETE", "/resource-servers/http%3A%2F%2Flocalhost%3A3901%2F", &token, None).await);
    refused(&offline.api("GET", &format!("/resource-servers/{}", text(&api, "id")), &token, None).await, 404, "");
}

#[tokio::test]
async fn the_my_account_api_is_activated_by_its_identifier_and_has_no_name_to_change() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let identifier = format!("{ISSUER}me/");
    let body = json!({ "identifier": identifier });
    refused(&offline.api("POST", "/resource-servers", &token, Some(body)).await, 409, "already exists");
    let list = ok(&offline.api("GET", &format!("/resource-servers?identifiers={identifier}"), &token, None).await);
    assert_eq!(list[0]["is_system"], true);
    let path = format!("/resource-servers/{}", text(&list[0], "id"));
    refused(&offline.api("PATCH", &path, &token, Some(json!({ "name": "Mine" }))).await, 400, "name");
    let machine = json!({ "client_id": "deputy-offline-machine", "audience": identifier, "scope": [] });
    refused(&offline.api("POST", "/client-grants", &token, Some(machine)).await, 400, "users alone");
}

#[tokio::test]
async fn a_client_grant_opens_an_api_and_closes_it() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let machine = "deputy-offline-machine";
    let credentials = [
        ("grant_type", "client_credentials"),
        ("client_id", machine),
        ("client_secret", "offline-machine-secret-not-a-real-one"),
        ("audience", "sample-shop-api"),
    ];
    assert_eq!(offline.token(&credentials).await.status, 403);
    let body = json!({ "client_id": machine, "audience": "sample-shop-api", "scope": ["product:buy"] });
    let grant = ok(&offline.api("POST", "/client-grants", &token, Some(body.clone())).await);
    assert_eq!(offline.token(&credentials).await.status, 200);
    refused(&offline.api("POST", "/client-grants", &token, Some(body)).await, 409, "already exists");
    let path = format!("/client-grants/{}", text(&grant, "id"));
    let unknown = json!({ "scope": ["product:steal"] });
    refused(&offline.api("PATCH", &path, &token, Some(unknown)).await, 400, "product:steal");
    ok(&offline.api("DELETE", &path, &token, None).await);
    assert_eq!(offline.token(&credentials).await.status, 403);
    // The seeded one has an id too.
    let seeded = ok(&offline.api("GET", &format!("/client-grants?client_id={machine}"), &token, None).await);
    assert_eq!(seeded[0]["scope"], json!(["agent:chat"]));
}

/// TV-33, MC-12.
#[tokio::test]
async fn a_connection_is_for_those_applications_that_it_is_enabled_for() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let body = json!({
        "name": "new-provider", "strategy": "oauth2", "options": { "scope": ["openid"], "offline_access": true },
        "connected_accounts": { "active": true }, "authentication": { "active": true }, "is_domain_connection": true,
    });
    let made = ok(&offline.api("POST", "/connections", &token, Some(body.clone())).await);
    assert_eq!((&made["is_domain_connection"], &made["connected_accounts"]["active"]), (&json!(true), &json!(true)));
    refused(&offline.api("POST", "/connections", &token, Some(body)).await, 409, "already exists");
    let path = format!("/connections/{}", text(&made, "id"));
    let asked = [("connection", "new-provider")];
    assert_eq!(offline.authorize(&asked, None).await.parameter("error").as_deref(), Some("invalid_request"));
    let enable = |id: &str| json!([{ "client_id": id, "status": true }]);
    let clients = format!("{path}/clients");
    refused(&offline.api("PATCH", &clients, &token, Some(enable("nobody"))).await, 404, "client");
    refused(&offline.api("PATCH", &clients, &token, Some(json!([]))).await, 400, "items");
    ok(&offline.api("PATCH", &clients, &token, Some(enable("deputy-offline"))).await);
    let enabled = ok(&offline.api("GET", &clients, &token, None).await);
    assert_eq!(enabled["clients"], json!([{ "client_id": "deputy-offline" }]));
    assert_eq!(offline.authorize(&asked, None).await.parameter("error"), None);
    // Options are replaced as a whole: who forgets to send the rest loses it.
    let changed = ok(&offline.api("PATCH", &path, &token, Some(json!({ "options": { "scope": [] } }))).await);
    assert_eq!(changed["options"], json!({ "scope": [], "offline_access": false }));
    // They are shown to, and taken from, only who has scopes of their own.
    let plain = offline.management("read:connections update:connections").await;
    assert!(ok(&offline.api("GET", &path, &plain, None).await).get("options").is_none());
    let options = json!({ "options": { "scope": [] } });
    refused(&offline.api("PATCH", &path, &plain, Some(options)).await, 403, "update:connections_options");
    let bad = json!({ "connected_accounts": { "on": true } });
    refused(&offline.api("PATCH", &path, &token, Some(bad)).await, 400, "on");
    ok(&offline.api("DELETE", &path, &token, None).await);
}

/// MC-24.
#[tokio::test]
async fn an_action_is_deployed_once_built_and_a_profile_needs_one_and_a_name_of_its_own() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let body = json!({
        "name": "exchange", "supported_triggers": [{ "id": "custom-token-exchange", "version": "v1" }],
        "code": "const SUBJECT_AUDIENCE = \"sample-shop-api\";\n", "runtime": "node22",
    });
    let action = ok(&offline.api("POST", "/actions/actions", &token, Some(body.clone())).await);
    let id = text(&action, "id");
    assert!(id.starts_with("act_"));
    refused(&offline.api("POST", "/actions/actions", &token, Some(body)).await, 409, "already exists");
    let path = format!("/actions/actions/{id}");
    let deploy = format!("{path}/deploy");
    let profile = |kind: &str| json!({ "name": "exchange", "subject_token_type": kind, "action_id": id, "type": "custom_authentication" });
    let profiles = "/token-exchange-profiles";
    refused(&offline.api("POST", &deploy, &token, None).await, 400, "built");
    refused(&offline.api("POST", profiles, &token, Some(profile("urn:acme:one"))).await, 400, "deployed");
    ok(&offline.api("GET", &path, &token, None).await);
    ok(&offline.api("POST", &deploy, &token, None).await);
    for reserved in ["urn:ietf:x", "urn:auth0:x", "urn:okta:x", "ftp://x", "words"] {
        refused(&offline.api("POST", profiles, &token, Some(profile(reserved))).await, 400, "subject_token_type");
    }
    let made = ok(&offline.api("POST", profiles, &token, Some(profile("urn:acme:one"))).await);
    refused(&offline.api("POST", profiles, &token, Some(profile("urn:acme:one"))).await, 409, "already exists");
    refused(&offline.api("DELETE", &path, &token, None).await, 409, "bound");
    let list = ok(&offline.api("GET", profiles, &token, None).await);
    assert_eq!(list["token_exchange_profiles"][0]["subject_token_type"], "urn:acme:one");
    ok(&offline.api("DELETE", &format!("{profiles}/{}", text(&made, "id")), &token, None).await);
    ok(&offline.api("DELETE", &path, &token, None).await);
}

/// MC-14, MC-27.
#[tokio::test]
async fn settings_open_registration_and_the_resource_parameter() {
    let offline = Harness::new();
    let token = offline.management("").await;
    let settings = ok(&offline.api("GET", "/tenants/settings", &token, None).await);
    assert_eq!(settings["flags"]["enable_dynamic_client_registration"], false);
    let off = json!({ "resource_parameter_profile": "audience" });
    let settings = ok(&offline.api("PATCH", "/tenants/settings", &token, Some(off)).await);
    assert_eq!(settings["resource_parameter_profile"], "audience");
    let change = json!({
        "resource_parameter_profile": "compatibility", "client_id_metadata_document_supported": true,
        "flags": { "enable_dynamic_client_registration": true },
    });
    let changed = ok(&offline.api("PATCH", "/tenants/settings", &token, Some(change)).await);
    assert_eq!(changed["resource_parameter_profile"], "compatibility");
    assert_eq!(changed["client_id_metadata_document_supported"], true);
    let registration = json!({ "redirect_uris": ["https://client.example/cb"] });
    assert_eq!(offline.call("POST", "/oidc/register", "", Some(registration)).await.status, 201);
    let by_resource = [("audience", ""), ("resource", support::API)];
    assert_eq!(offline.authorize(&by_resource, None).await.parameter("error"), None);
    let bad = json!({ "flags": { "enable_everything": true } });
    refused(&offline.api("PATCH", "/tenants/settings", &token, Some(bad)).await, 400, "enable_everything");
}

/// UA-25.
#[tokio::test]
async fn a_linked_log_in_leads_to_the_primary_user_until_it_is_unlinked() {
    let offline = Harness::new();
    let token = offline.management("read:users update:users").await;
    let (ana, ben, chris) = (offline.user("ana").user_id, offline.user("ben").user_id, offline.user("chris").user_id);
    let short = |id: &str| id.split_once('|').unwrap().1.to_owned();
    let path = |id: &str| format!("/users/{}/identities", id.replace('|', "%7C"));
    let link = async |user: &str, second: &str| {
        let body = json!({ "provider": "auth0", "user_id": short(second) });
        offline.api("POST", &path(user), &token, Some(body)).await
    };
    let refresh = text(&offline.tokens("ben@example.com").await, "refresh_token");
    refused(&link(&ana, &ana).await, 400, "are the same");
    let with_token = json!({ "link_with": "id-token" });
    refused(&offline.api("POST", &path(&ana), &token, Some(with_token)).await, 400, "link_with");
    let linked = link(&ana, &ben).await;
    assert_eq!(linked.status, 201);
    let list = linked.json();
    assert_eq!(list[0]["user_id"], json!(short(&ana)));
    assert!(list[0].get("profileData").is_none(), "the primary's profile is the user's");
    assert_eq!((&list[1]["provider"], &list[1]["profileData"]["email"]), (&json!("auth0"), &json!("ben@example.com")));
    refused(&link(&chris, &ben).await, 409, "already linked");
    refused(&link(&ben, &chris).await, 404, "does not exist");
    let fields = format!("/users/{}?fields=identities,email&include_fields=true", ana.replace('|', "%7C"));
    let user = ok(&offline.api("GET", &fields, &token, None).await);
    assert_eq!((user.as_object().unwrap().len(), user["identities"].as_array().unwrap().len()), (2, 2));

    let client = [("client_id", support::CLIENT), ("client_secret", support::SECRET)];
    let form = [client[0], client[1], ("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    assert_eq!(text(&offline.token(&form).await.json(), "error"), "invalid_grant", "its user is none any more");
    let claims = |tokens: &Value| support::claims(&text(tokens, "id_token"));
    let id = claims(&offline.tokens("ben@example.com").await);
    assert_eq!((&id["sub"], &id["email"]), (&json!(ana), &json!("ana@example.com")));

    // Those that are linked to a second log-in come along.
    assert_eq!(link(&chris, &ana).await.status, 201);
    assert_eq!(claims(&offline.tokens("ben@example.com").await)["sub"], json!(chris));
    let unlink = async |second: &str| {
        let path = format!("{}/auth0/{}", path(&chris), short(second));
        offline.api("DELETE", &path, &token, None).await
    };
    refused(&unlink(&chris).await, 400, "Main identity");
    assert_eq!(ok(&unlink(&ben).await).as_array().unwrap().len(), 2);
    refused(&unlink(&ben).await, 404, "does not exist");
    assert_eq!(claims(&offline.tokens("ben@example.com").await)["sub"], json!(ben));
    assert_eq!(claims(&offline.tokens("ana@example.com").await)["sub"], json!(chris));
}

#[tokio::test]
async fn requests_beyond_the_limit_are_told_when_to_come_again() {
    let offline = Harness::new();
    let token = offline.management("").await;
    offline.patch("/policies", json!({ "rate_limit": { "limit": 2, "window": 60 } })).await;
    for _ in 0..2 {
        ok(&offline.api("GET", "/clients", &token, None).await);
    }
    for (method, path, _) in ENDPOINTS {
        let answer = offline.api(method, path, &token, None).await;
        refused(&answer, 429, "limit");
        assert_eq!(answer.headers["x-ratelimit-remaining"], "0");
        assert!(answer.headers.contains_key("retry-after") && answer.headers.contains_key("x-ratelimit-reset"));
    }
}
