//! What the tenant says of itself as an authorization server (RFC 8414), kept for an hour in the isolate: anybody may ask for ours.

use deputy_auth0::Issuer;
use deputy_http::{BuildRequest as _, ReadResponse as _};

use super::super::super::kept_document::KeptDocument;
use super::metadata::Tenants;
use crate::platform::ports::{Clock, Network};

thread_local! {
    static KEPT: KeptDocument<Tenants> = const { KeptDocument::new() };
}

/// The tenant's document; the last one while it cannot be had. None if there never was one.
pub async fn metadata(ports: &(impl Network + Clock), issuer: &Issuer) -> Option<Tenants> {
    let (last, is_due) = KEPT.with(|kept| kept.look(issuer, ports.now()));
    if !is_due {
        return last;
    }
    let request = deputy_http::get(issuer.url(".well-known/oauth-authorization-server"));
    let answer = ports.send(request.header("accept", "application/json")).await;
    let answer = answer.ok().filter(|answer| answer.status().is_success());
    let fetched = answer.and_then(|answer| answer.json::<Tenants>().ok());
    KEPT.with(|kept| match fetched {
        Some(tenants) => {
            kept.fetched(issuer, tenants.clone(), ports.now());
            Some(tenants)
        }
        None => kept.failed(issuer, ports.now()),
    })
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use futures::executor::block_on;

    use super::*;
    use crate::edge::kept_document::{MAX_AGE_MS, RETRY_MS};
    use crate::platform::testing::FakeHost;

    #[test]
    fn mc_15_the_tenant_is_asked_once_an_hour_and_not_by_everybody_while_it_is_down() {
        let host = FakeHost::new();
        let issuer = Issuer::from_domain("tenant.example").unwrap();
        let there = || block_on(metadata(&host, &issuer)).is_some();
        let asked = || host.sent("oauth-authorization-server").len();
        host.world(|_| Ok(response(503, "")));
        assert_eq!((there(), there(), asked()), (false, false, 1));
        host.world(|_| Ok(response(200, r#"{"jwks_uri":"https://tenant.example/jwks"}"#)));
        host.pass(RETRY_MS);
        assert_eq!((there(), there(), asked()), (true, true, 2));
        host.world(|_| Ok(response(503, "")));
        host.pass(MAX_AGE_MS);
        assert_eq!((there(), there(), asked()), (true, true, 3), "the last one serves");
    }
}
