//! What the tenant says of itself as an authorization server (RFC 8414), kept for an hour in the isolate: anybody may ask for ours.

use std::cell::RefCell;

use deputy_auth0::Issuer;
use deputy_http::{BuildRequest as _, ReadResponse as _};

use super::metadata::Tenants;
use crate::platform::ports::{Clock, Network};

/// After this time the document is fetched again.
const MAX_AGE_MS: u64 = 3_600_000;
/// After a fetch that failed the tenant is left alone for this time.
const RETRY_MS: u64 = 10_000;

struct Kept {
    issuer: String,
    tenants: Option<Tenants>,
    fetch_at: u64,
}

thread_local! {
    // A value, never a promise: promises do not cross requests.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// The tenant's document; the last one while it cannot be had. None if there never was one.
pub async fn metadata(ports: &(impl Network + Clock), issuer: &Issuer) -> Option<Tenants> {
    let now = ports.now();
    let before = match kept(issuer) {
        Some((tenants, fetch_at)) if now < fetch_at => return tenants,
        kept => kept.and_then(|(tenants, _)| tenants),
    };
    let retry_at = now.saturating_add(RETRY_MS);
    if before.is_some() {
        // Others have the last one while the next is on its way.
        keep(issuer, before.clone(), retry_at);
    }
    let request = deputy_http::get(issuer.url(".well-known/oauth-authorization-server"));
    let answer = ports.send(request.header("accept", "application/json")).await;
    let answer = answer.ok().filter(|answer| answer.status().is_success());
    match answer.and_then(|answer| answer.json::<Tenants>().ok()) {
        Some(tenants) => {
            keep(issuer, Some(tenants.clone()), now.saturating_add(MAX_AGE_MS));
            Some(tenants)
        }
        None => {
            // Somebody else may have had it meanwhile.
            let last = kept(issuer).and_then(|(tenants, _)| tenants).or(before);
            keep(issuer, last.clone(), retry_at);
            last
        }
    }
}

fn kept(issuer: &Issuer) -> Option<(Option<Tenants>, u64)> {
    KEPT.with_borrow(|kept| {
        let kept = kept.as_ref().filter(|kept| kept.issuer == issuer.as_str())?;
        Some((kept.tenants.clone(), kept.fetch_at))
    })
}

fn keep(issuer: &Issuer, tenants: Option<Tenants>, fetch_at: u64) {
    KEPT.set(Some(Kept { issuer: issuer.as_str().to_owned(), tenants, fetch_at }));
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use futures::executor::block_on;

    use super::*;
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
