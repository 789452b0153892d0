use std::collections::HashMap;

use deputy_error::Explained;
use deputy_fga::client::{Authentication, Connection, SettingsError, SettingsProblem};

use crate::{MODEL, STORE};

fn read(settings: &[(&str, &str)]) -> Result<Option<Connection>, SettingsError> {
    let settings: HashMap<_, _> = settings.iter().copied().collect();
    Connection::from_settings(|name| settings.get(name).map(|value| (*value).to_owned()))
}

const URL: (&str, &str) = ("FGA_API_URL", "https://api.us1.fga.dev");
const STORE_ID: (&str, &str) = ("FGA_STORE_ID", STORE);
const ID: (&str, &str) = ("FGA_CLIENT_ID", "client");
const SECRET: (&str, &str) = ("FGA_CLIENT_SECRET", "hunter2");

/// RG-02
#[test]
fn rg_02_auth0_fga_as_its_samples_set_it() {
    let connection = read(&[
        URL,
        STORE_ID,
        ("FGA_MODEL_ID", MODEL),
        ("FGA_API_TOKEN_ISSUER", "auth.fga.dev"),
        ("FGA_API_AUDIENCE", "https://api.us1.fga.dev/"),
        ID,
        SECRET,
    ]);
    let connection = connection.unwrap().unwrap();
    assert_eq!((connection.store_id.as_str(), connection.model_id.as_deref()), (STORE, Some(MODEL)));
    let Authentication::ClientCredentials(client) = &connection.authentication else { panic!("{connection:?}") };
    assert_eq!(client.token_url, "https://auth.fga.dev/oauth/token");
    assert_eq!(client.audience, "https://api.us1.fga.dev/");
    assert!(!format!("{connection:?}").contains("hunter2"));
}

/// RG-02: the slash is what Auth0 FGA knows its API by, and what people forget.
#[test]
fn rg_02_the_audience_ends_with_a_slash() {
    let audience = |more: &[(&str, &str)]| {
        let connection = read(&[&[STORE_ID, ID, SECRET], more].concat()).unwrap().unwrap();
        let Authentication::ClientCredentials(client) = connection.authentication else { panic!() };
        assert_eq!(connection.api_url, "https://api.us1.fga.dev");
        client.audience
    };
    assert_eq!(audience(&[URL]), "https://api.us1.fga.dev/");
    assert_eq!(audience(&[("FGA_API_URL", "https://api.us1.fga.dev//")]), "https://api.us1.fga.dev/");
    assert_eq!(audience(&[URL, ("FGA_API_AUDIENCE", "https://api.us1.fga.dev")]), "https://api.us1.fga.dev/");
    assert_eq!(audience(&[URL, ("FGA_API_AUDIENCE", "my-openfga")]), "my-openfga");
}

#[test]
fn an_issuer_is_a_host_or_an_endpoint() {
    let token_url = |issuer: &str| {
        let connection = read(&[URL, STORE_ID, ID, SECRET, ("FGA_API_TOKEN_ISSUER", issuer)])?.unwrap();
        let Authentication::ClientCredentials(client) = connection.authentication else { panic!() };
        Ok::<_, SettingsError>(client.token_url)
    };
    for (issuer, url) in [
        ("login.example", "https://login.example/oauth/token"),
        ("https://login.example/", "https://login.example/oauth/token"),
        ("https://login.example/realms/a/token", "https://login.example/realms/a/token"),
        ("http://127.0.0.1:4400", "http://127.0.0.1:4400/oauth/token"),
    ] {
        assert_eq!(token_url(issuer).as_deref(), Ok(url));
    }
    for issuer in ["http://login.example", "https://", "ftp://login.example", "https://a@login.example", "a b"] {
        assert_eq!(token_url(issuer).unwrap_err().setting, "FGA_API_TOKEN_ISSUER", "{issuer}");
    }
}

#[test]
fn a_server_of_ones_own() {
    let none = read(&[("FGA_API_URL", "http://openfga:8080"), STORE_ID]).unwrap().unwrap();
    assert_eq!((none.authentication, none.model_id), (Authentication::None, None));
    let key = read(&[
        ("FGA_API_URL", "http://localhost:8080/"),
        STORE_ID,
        ("FGA_AUTHORIZATION_MODEL_ID", MODEL),
        ("FGA_API_TOKEN", " key "),
    ]);
    let key = key.unwrap().unwrap();
    assert_eq!((key.api_url.as_str(), key.model_id.as_deref()), ("http://localhost:8080", Some(MODEL)));
    let Authentication::PresharedKey(secret) = key.authentication else { panic!() };
    assert_eq!(secret.expose(), "key");
}

#[test]
fn without_an_address_nothing_is_set() {
    assert_eq!(read(&[]), Ok(None));
    assert_eq!(read(&[("FGA_API_URL", "  "), ("FGA_RELATION", "can_view")]), Ok(None));
}

#[test]
fn what_is_missing_or_contradicts_is_named() {
    let wrong = |settings: &[(&str, &str)]| {
        let error = read(settings).unwrap_err();
        assert!(error.developer_fix().contains(error.setting) && !error.to_string().contains("hunter2"));
        (error.setting, error.problem)
    };
    let token = ("FGA_API_TOKEN", "hunter2");
    assert_eq!(wrong(&[STORE_ID, ID, SECRET]), ("FGA_API_URL", SettingsProblem::Missing));
    assert_eq!(wrong(&[token]), ("FGA_API_URL", SettingsProblem::Missing));
    assert_eq!(wrong(&[URL]), ("FGA_STORE_ID", SettingsProblem::Missing));
    assert_eq!(wrong(&[URL, STORE_ID, ID]), ("FGA_CLIENT_SECRET", SettingsProblem::Missing));
    assert_eq!(wrong(&[URL, STORE_ID, SECRET]), ("FGA_CLIENT_ID", SettingsProblem::Missing));
    assert_eq!(wrong(&[URL, STORE_ID, ID, SECRET, token]), ("FGA_API_TOKEN", SettingsProblem::TwoCredentials));
    assert_eq!(wrong(&[URL, ("FGA_STORE_ID", "my-store")]), ("FGA_STORE_ID", SettingsProblem::NoUlid));
    assert_eq!(wrong(&[URL, STORE_ID, ("FGA_MODEL_ID", "latest")]), ("FGA_MODEL_ID", SettingsProblem::NoUlid));
    // A key in the clear.
    assert_eq!(
        wrong(&[("FGA_API_URL", "http://openfga:8080"), STORE_ID, token]),
        ("FGA_API_URL", SettingsProblem::NoUrl)
    );
    assert_eq!(wrong(&[("FGA_API_URL", "api.us1.fga.dev"), STORE_ID]), ("FGA_API_URL", SettingsProblem::NoUrl));
}
