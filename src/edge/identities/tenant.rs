use std::cell::RefCell;

use deputy_auth0::{
    Client, Identity, LinkingError, Tenant, identities_request, identities_response, link_request, link_response,
    linking_token_request, linking_token_response, unlink_request, unlink_response,
};
use deputy_http::{Request, Response, Secret};

use crate::config::Settings;
use crate::platform::ports::{Clock, Network};

/// The tenant's Management API, as far as the log-ins of its users go.
pub struct Management<'a, P> {
    ports: &'a P,
    tenant: &'a Tenant,
    client: &'a Client,
}

/// What the isolate keeps: tenants count the tokens they give to machines.
struct Kept {
    client_id: String,
    token: Secret,
    /// When another one is asked for, milliseconds since the epoch.
    until: u64,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

impl<'a, P: Network + Clock> Management<'a, P> {
    /// Errors: [`LinkingError::NotSetUp`] without a client for it.
    pub fn of(ports: &'a P, settings: &'a Settings) -> Result<Self, LinkingError> {
        let client = settings.management_client.as_ref().ok_or(LinkingError::NotSetUp)?;
        Ok(Self { ports, tenant: &settings.tenant, client })
    }

    /// The log-ins of the user with that `sub`, the primary one first.
    pub async fn identities(&self, subject: &str) -> Result<Vec<Identity>, LinkingError> {
        let answer = self.ask(&|token| identities_request(self.tenant, token, subject)).await?;
        identities_response(answer, self.ports.now())
    }

    /// The log-in whose `sub` is `second` becomes one of `user`'s. Both were proved by a log-in.
    pub async fn link(&self, user: &str, second: &str) -> Result<Identity, LinkingError> {
        if user == second {
            let linked = self.identities(user).await?.len() > 1;
            return Err(if linked { LinkingError::AlreadyLinked } else { LinkingError::Own });
        }
        let mut theirs = self.identities(second).await?.into_iter();
        let (Some(identity), None) = (theirs.next(), theirs.next()) else { return Err(LinkingError::HasOthers) };
        // Built once without a token, so that what cannot be asked for is refused before anything is sent.
        link_request(self.tenant, &Secret::new(""), user, second)?;
        let request = |token: &Secret| link_request(self.tenant, token, user, second);
        let linked = match self.try_ask(&request).await {
            Ok(answer) => link_response(answer, self.ports.now()),
            Err(error) => Err(error),
        };
        match linked {
            // Of an answer that was lost or made no sense nobody knows what it did: the tenant does.
            Err(error @ (LinkingError::Down { .. } | LinkingError::OtherUsers)) => {
                let now_ours =
                    self.identities(user).await.is_ok_and(|all| all.iter().any(|one| one.subject() == second));
                if now_ours { Ok(()) } else { Err(error) }
            }
            other => other,
        }?;
        Ok(Identity { primary: false, ..identity })
    }

    /// The log-in that `is_it` knows is taken from `user`, and is a user of its own again.
    pub async fn unlink(&self, user: &str, is_it: impl Fn(&Identity) -> bool) -> Result<Identity, LinkingError> {
        let identity = self.identities(user).await?.into_iter().find(is_it).ok_or(LinkingError::NotFound)?;
        let answer = self.try_ask(&|token| unlink_request(self.tenant, token, user, &identity)).await?;
        unlink_response(answer, self.ports.now())?;
        Ok(identity)
    }

    async fn ask(&self, request: &dyn Fn(&Secret) -> Request) -> Result<Response, LinkingError> {
        self.try_ask(&|token| Ok(request(token))).await
    }

    /// Asks with the token that is kept; where the tenant takes it no more, once again with another.
    async fn try_ask(
        &self,
        request: &dyn Fn(&Secret) -> Result<Request, LinkingError>,
    ) -> Result<Response, LinkingError> {
        if let Some(token) = self.kept() {
            let answer = self.ports.send(request(&token)?).await?;
            if answer.status().as_u16() != 401 {
                return Ok(answer);
            }
        }
        let token = self.new_token().await?;
        Ok(self.ports.send(request(&token)?).await?)
    }

    fn kept(&self) -> Option<Secret> {
        let now = self.ports.now();
        KEPT.with_borrow(|kept| {
            let kept = kept.as_ref().filter(|kept| kept.client_id == self.client.client_id && kept.until > now)?;
            Some(kept.token.clone())
        })
    }

    async fn new_token(&self) -> Result<Secret, LinkingError> {
        const MARGIN_MS: u64 = 60_000;
        let answer = self.ports.send(linking_token_request(self.tenant, self.client)).await?;
        let tokens = linking_token_response(answer, self.ports.now())?;
        let kept = Kept {
            client_id: self.client.client_id.clone(),
            token: tokens.access_token.clone(),
            until: tokens.expires_at.saturating_sub(MARGIN_MS),
        };
        KEPT.set(Some(kept));
        Ok(tokens.access_token)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use deputy_http::response;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::config::testing::settings;
    use crate::platform::testing::FakeHost;

    const CLIENT: [(&str, &str); 2] =
        [("AUTH0_MANAGEMENT_CLIENT_ID", "linking"), ("AUTH0_MANAGEMENT_CLIENT_SECRET", "linking-secret-value")];

    /// A tenant of Ana and Ben, which takes the first `refused` tokens no more.
    fn tenant(host: &FakeHost, refused: usize) {
        let asked = Cell::new(0);
        host.world(move |request| {
            let url = request.uri().to_string();
            if url.ends_with("/oauth/token") {
                return Ok(response(
                    200,
                    json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 3600 }).to_string(),
                ));
            }
            asked.set(asked.get() + 1);
            if asked.get() <= refused {
                return Ok(response(401, "{}"));
            }
            let name = if url.contains("ben") { "ben" } else { "ana" };
            let identity = json!({ "provider": "auth0", "connection": "c", "user_id": name });
            Ok(response(200, json!({ "user_id": format!("auth0|{name}"), "identities": [identity] }).to_string()))
        });
    }

    #[test]
    fn ua_25_one_token_serves_until_it_ends_or_is_refused() {
        let host = FakeHost::new();
        let settings = settings(&CLIENT).unwrap();
        let management = Management::of(&host, &settings).unwrap();
        tenant(&host, 0);
        for _ in 0..3 {
            assert_eq!(block_on(management.identities("auth0|ana")).unwrap().len(), 1);
        }
        assert_eq!(host.sent("/oauth/token").len(), 1);
        host.pass(3_600_000);
        block_on(management.identities("auth0|ana")).unwrap();
        assert_eq!(host.sent("/oauth/token").len(), 2, "it has ended");
        tenant(&host, 1);
        block_on(management.identities("auth0|ana")).unwrap();
        assert_eq!(host.sent("/oauth/token").len(), 3, "it was refused");
        tenant(&host, usize::MAX);
        assert_eq!(
            block_on(management.identities("auth0|ana")),
            Err(LinkingError::Unauthorized),
            "and once more at most"
        );
    }

    #[test]
    fn ua_25_nothing_is_asked_without_a_client_and_the_own_log_in_is_not_linked() {
        let host = FakeHost::new();
        let without = settings(&[]).unwrap();
        assert_eq!(Management::of(&host, &without).err(), Some(LinkingError::NotSetUp));
        let settings = settings(&CLIENT).unwrap();
        tenant(&host, 0);
        let management = Management::of(&host, &settings).unwrap();
        assert_eq!(block_on(management.link("auth0|ana", "auth0|ana")), Err(LinkingError::Own));
        assert_eq!(block_on(management.unlink("auth0|ana", |_| true)), Err(LinkingError::Primary));
        assert_eq!(block_on(management.unlink("auth0|ana", |_| false)), Err(LinkingError::NotFound));
        assert!(host.sent("/identities").is_empty());
        assert!(!format!("{settings:?}").contains("linking-secret-value"));
    }
}
