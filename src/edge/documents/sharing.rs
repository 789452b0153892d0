use serde::Deserialize;
use worker::Response;

use super::error::RequestError;
use super::json::{AudienceJson, ShareJson, each};
use crate::edge::identity::Caller;
use crate::edge::reply;
use crate::edge::visit::Visit;
use crate::library::requests::{ItemKind, ListShares, RemoveShare, ShareDocument, ShareView, ShareWith, WhoCanSee};
use crate::objects::Refusal;

/// `GET …/:id/shares`: for the owner.
pub async fn list(visit: &Visit, caller: &Caller, kind: ItemKind, id: &str) -> Result<Response, Refusal> {
    let shares = caller.ask_library(visit, &ListShares { who: caller.person(), kind, id: id.to_owned() }).await?;
    reply::json(&each::<ShareView, ShareJson>(shares))
}

/// `POST …/:id/shares {email}` or `{everybody: true}`: the answer is the same whether or not somebody has that address here.
pub async fn share(visit: &mut Visit, caller: &Caller, kind: ItemKind, id: &str) -> Result<Response, Refusal> {
    let wish: Wish = visit.json().await?;
    let with = wish.read().ok_or(RequestError::ShareWish)?;
    let shared =
        caller.ask_library(visit, &ShareDocument { who: caller.person(), kind, id: id.to_owned(), with }).await?;
    reply::json(&ShareJson::from(shared))
}

/// `DELETE …/:id/shares/:share`
pub async fn unshare(
    visit: &Visit,
    caller: &Caller,
    kind: ItemKind,
    id: &str,
    share: &str,
) -> Result<Response, Refusal> {
    let remove = RemoveShare { who: caller.person(), kind, id: id.to_owned(), share: share.to_owned() };
    caller.ask_library(visit, &remove).await?;
    reply::no_content()
}

/// `GET …/:id/viewers`: who can see it and why, for the owner.
pub async fn viewers(visit: &Visit, caller: &Caller, kind: ItemKind, id: &str) -> Result<Response, Refusal> {
    let audience = caller.ask_library(visit, &WhoCanSee { who: caller.person(), kind, id: id.to_owned() }).await?;
    reply::json(&AudienceJson::from(audience))
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    everybody: bool,
}

impl Wish {
    /// Exactly one of the two.
    fn read(self) -> Option<ShareWith> {
        match (self.email, self.everybody) {
            (Some(email), false) => Some(ShareWith::Email(email)),
            (None, true) => Some(ShareWith::Everybody),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_12_sharing_with_nobody_or_with_both_is_no_wish() {
        let read = |text| serde_json::from_str::<Wish>(text).unwrap().read();
        assert_eq!(read(r#"{"email":"ben@example.com"}"#), Some(ShareWith::Email("ben@example.com".into())));
        assert_eq!(read(r#"{"everybody":true}"#), Some(ShareWith::Everybody));
        for none in [r#"{}"#, r#"{"everybody":false}"#, r#"{"email":"ben@example.com","everybody":true}"#] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
