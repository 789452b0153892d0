use std::collections::BTreeMap;

use deputy_auth0::{ReturnTo, Scopes};
use worker::Response;

use super::identity::{self, Caller};
use super::query::Query;
use super::reply::redirect;
use super::visit::Visit;
use crate::account::connections::StartConnect;
use crate::connections::authorization_parameters;
use crate::objects::Refusal;

/// Parameters of the route itself, and those that belong to the protocol or to old pop-ups. All others go to the provider.
const OWN: [&str; 16] = [
    "connection",
    "scopes",
    "scope",
    "connection_scope",
    "returnTo",
    "return_to",
    "redirect_uri",
    "response_type",
    "client_id",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "audience",
    "access_type",
    "screen_hint",
];

/// `GET /auth/connect`: into the Connected Accounts flow (TV-16). 400 without a connection, 401 without a session.
pub async fn connect(visit: &mut Visit) -> Result<Response, Refusal> {
    let query = visit.query();
    if query.get("connection").is_none_or(str::is_empty) {
        return Err(Refusal::new(
            400,
            "connection_missing",
            "Which account is to be connected? The parameter connection is missing.",
        ));
    }
    let caller = identity::required_session(visit).await?;
    start(visit, &caller, &query).await
}

/// Starts the flow for a session and redirects to the tenant.
pub async fn start(visit: &Visit, caller: &Caller, query: &Query) -> Result<Response, Refusal> {
    let session = caller.session.clone().ok_or_else(identity::anonymous)?;
    let start = StartConnect {
        session,
        connection: query.get("connection").unwrap_or_default().to_owned(),
        scopes: scopes(query),
        return_to: return_to(query, &visit.settings.base_url),
        parameters: parameters(query),
    };
    redirect(&caller.ask(visit, &start).await?.redirect)
}

/// `scopes` repeated or as a list, `connection_scope` as a list.
fn scopes(query: &Query) -> Vec<String> {
    let lists = query.all("scopes").chain(query.all("connection_scope"));
    let scopes: Scopes = lists.flat_map(|list| list.split([',', ' '])).collect();
    scopes.iter().map(str::to_owned).collect()
}

/// Where the browser goes afterwards: a path of ours.
pub fn return_to(query: &Query, origin: &str) -> String {
    let target = query.get("returnTo").or_else(|| query.get("return_to"));
    let target = target.and_then(|target| ReturnTo::parse(origin, target)).unwrap_or_else(ReturnTo::root);
    target.as_str().to_owned()
}

/// TV-18: everything else goes to the provider's consent, over what the connection wants by itself.
fn parameters(query: &Query) -> BTreeMap<String, String> {
    const MOST: usize = 20;
    let fits = |name: &str, value: &str| {
        !OWN.contains(&name) && name.len() <= 64 && value.len() <= 512 && !value.chars().any(char::is_control)
    };
    let own = authorization_parameters(query.get("connection").unwrap_or_default());
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(query.pairs().iter().filter(|(name, value)| fits(name, value)).take(MOST).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of_url(&format!("http://h/auth/connect?{text}"))
    }

    #[test]
    fn scopes_are_read_in_every_spelling() {
        for text in [
            "scopes=a&scopes=b",
            "scopes=a%20b",
            "scopes=a,b",
            "connection_scope=a,b",
            "scopes=a&scopes=&connection_scope=b,a",
        ] {
            assert_eq!(scopes(&query(text)), ["a", "b"], "{text}");
        }
        assert!(scopes(&query("connection=github")).is_empty());
    }

    #[test]
    fn tv_18_other_parameters_go_to_the_provider_and_ours_do_not() {
        let passed = parameters(&query(
            "connection=x&scopes=a&returnTo=/&login_hint=ana&prompt=login&redirect_uri=https://evil&state=s",
        ));
        assert_eq!(passed.keys().collect::<Vec<_>>(), ["login_hint", "prompt"]);
        let prompt = |text: &str| parameters(&query(text)).get("prompt").cloned();
        assert_eq!(prompt("connection=freshbooks").as_deref(), Some("login"), "IN-19");
        assert_eq!(prompt("connection=freshbooks&prompt=consent").as_deref(), Some("consent"));
        assert_eq!(prompt("connection=spotify"), None);
    }

    #[test]
    fn s_34_the_return_target_stays_here() {
        assert_eq!(return_to(&query("returnTo=/close"), "http://h"), "/close");
        assert_eq!(return_to(&query("return_to=%2Fc%2F1"), "http://h"), "/c/1");
        assert_eq!(return_to(&query("returnTo=https://evil.example/"), "http://h"), "/");
        assert_eq!(return_to(&query("returnTo=//evil.example/"), "http://h"), "/");
    }
}
