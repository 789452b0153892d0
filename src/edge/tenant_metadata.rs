//! What the tenant says of itself (OpenID Connect Discovery 1.0, 4), kept for an hour in the isolate.

use std::rc::Rc;

use deputy_auth0::{DiscoveryError, Endpoints, Issuer};

use super::kept_document::KeptDocument;
use crate::platform::log::{Level, note_error};
use crate::platform::ports::{Clock, Network};

thread_local! {
    static KEPT: KeptDocument<Rc<Endpoints>> = const { KeptDocument::new() };
}

/// The tenant's endpoints by its own metadata. While they cannot be had, the last ones serve: an outage takes nothing away that
/// the tenant offers.
///
/// A tenant that never had any has the fixed paths, and offers nothing beyond them.
///
/// Errors: there never were any, for another reason than that the tenant has none.
pub async fn endpoints(ports: &(impl Network + Clock), issuer: &Issuer) -> Result<Rc<Endpoints>, DiscoveryError> {
    let (last, is_due) = KEPT.with(|kept| kept.look(issuer, ports.now()));
    if let (Some(endpoints), false) = (&last, is_due) {
        return Ok(Rc::clone(endpoints));
    }
    let answer = ports.send(Endpoints::discovery_request(issuer)).await;
    // Another request may have fetched them meanwhile.
    let last = KEPT.with(|kept| kept.last(issuer));
    let fetched = answer.map_err(DiscoveryError::from).and_then(|answer| match answer.status().as_u16() {
        404 | 405 | 410 if last.is_none() => {
            Ok(Endpoints { pushed_authorization_request: None, ..Endpoints::auth0(issuer) })
        }
        _ => Endpoints::from_discovery(issuer, answer),
    });
    match fetched {
        Ok(endpoints) => {
            let endpoints = Rc::new(endpoints);
            KEPT.with(|kept| kept.fetched(issuer, Rc::clone(&endpoints), ports.now()));
            Ok(endpoints)
        }
        Err(error) => {
            let last = KEPT.with(|kept| kept.failed(issuer, ports.now())).ok_or_else(|| error.clone())?;
            note_error(Level::Warn, "tenant_metadata_failed", &error);
            Ok(last)
        }
    }
}

/// The next login asks the tenant again: what is kept turned out to be wrong. It serves on while the tenant does not answer.
pub fn forget() {
    KEPT.with(KeptDocument::expire);
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use futures::executor::block_on;
    use serde_json::{Value, json};

    use super::*;
    use crate::edge::kept_document::MAX_AGE_MS;
    use crate::platform::testing::FakeHost;

    fn issuer() -> Issuer {
        Issuer::from_domain("tenant.example").unwrap()
    }

    fn metadata(change: &Value) -> String {
        let mut document = json!({
            "issuer": "https://tenant.example/",
            "authorization_endpoint": "https://tenant.example/authorize",
            "token_endpoint": "https://tenant.example/oauth/token",
            "jwks_uri": "https://tenant.example/.well-known/jwks.json",
        });
        document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        document.to_string()
    }

    fn par(host: &FakeHost) -> Result<Option<String>, DiscoveryError> {
        block_on(endpoints(host, &issuer())).map(|endpoints| endpoints.pushed_authorization_request.clone())
    }

    #[test]
    fn ua_03_a_tenant_without_metadata_offers_no_pushed_requests() {
        let host = FakeHost::new();
        host.world(|_| Ok(response(404, "<html>Not Found</html>")));
        assert_eq!(par(&host), Ok(None));
    }

    /// UA-03: pushed requests are the tenant's to offer; an outage neither takes them away nor is asked about at every login.
    #[test]
    fn ua_03_the_metadata_is_asked_for_once_an_hour_and_outlasts_an_outage() {
        let host = FakeHost::new();
        host.world(|_| Ok(response(503, "")));
        assert!(matches!(par(&host), Err(DiscoveryError::Unavailable { status: Some(503) })));
        host.world(|_| Ok(response(200, metadata(&json!({ "pushed_authorization_request_endpoint": "https://evil.example/par", "issuer": "https://evil.example/" })))));
        assert_eq!(par(&host), Err(DiscoveryError::IssuerMismatch));
        host.world(|_| Ok(response(200, metadata(&json!({})))));
        assert_eq!(par(&host), Ok(None), "this tenant offers none");
        let asked = host.sent("openid-configuration").len();
        let endpoint = "https://tenant.example/oauth/par";
        host.world(move |_| Ok(response(200, metadata(&json!({ "pushed_authorization_request_endpoint": endpoint })))));
        host.pass(MAX_AGE_MS - 1);
        assert_eq!(par(&host), Ok(None));
        assert_eq!(host.sent("openid-configuration").len(), asked, "kept");
        host.pass(1);
        assert_eq!(par(&host), Ok(Some(endpoint.to_owned())));
        host.world(|_| Ok(response(500, "")));
        host.pass(MAX_AGE_MS);
        for _ in 0..3 {
            assert_eq!(par(&host), Ok(Some(endpoint.to_owned())), "an outage turns nothing off");
        }
        assert_eq!(host.sent("openid-configuration").len(), asked + 2, "a tenant in trouble is left alone for a while");
    }

    /// UA-03: the endpoint for pushed requests was switched off, and the tenant is away: what it offers besides still holds.
    #[test]
    fn ua_03_what_is_forgotten_is_asked_for_again_and_serves_while_the_tenant_is_away() {
        let host = FakeHost::new();
        let endpoint = "https://tenant.example/oauth/par";
        host.world(move |_| Ok(response(200, metadata(&json!({ "pushed_authorization_request_endpoint": endpoint })))));
        assert_eq!(par(&host), Ok(Some(endpoint.to_owned())));
        forget();
        host.world(|_| Ok(response(404, "<html>Not Found</html>")));
        assert_eq!(par(&host), Ok(Some(endpoint.to_owned())), "no page takes away what the tenant told");
        assert_eq!(par(&host), Ok(Some(endpoint.to_owned())));
        assert_eq!(host.sent("openid-configuration").len(), 2, "asked once more, then left alone for a while");
        forget();
        host.world(|_| Ok(response(200, metadata(&json!({})))));
        assert_eq!(par(&host), Ok(None));
    }

    /// Two logins ask at once; the first is answered, the second gets an error: the new document stays.
    #[test]
    fn ua_03_an_error_that_comes_late_takes_nothing_newer_away() {
        let endpoint = "https://tenant.example/oauth/par";
        for status in [404, 503] {
            let host = FakeHost::new();
            host.world(move |_| {
                // Meanwhile another request was answered.
                let endpoints = Endpoints {
                    pushed_authorization_request: Some(endpoint.to_owned()),
                    ..Endpoints::auth0(&issuer())
                };
                KEPT.with(|kept| kept.fetched(&issuer(), Rc::new(endpoints), 1 << 50));
                Ok(response(status, ""))
            });
            assert_eq!(par(&host), Ok(Some(endpoint.to_owned())), "{status}");
            assert!(!KEPT.with(|kept| kept.look(&issuer(), 1 << 50)).1, "it is as new as it was");
            forget();
        }
    }
}
