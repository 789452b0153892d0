//! Links of the tenant's own e-mails (verify an address, set a password) come to the callback with no login behind them (T34).

use worker::Response;

use super::query::Query;
use super::reply;
use crate::objects::Refusal;
use crate::platform::html::{Page, link};

/// What became of such a link. Only our own sentences are shown, never the address's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ticket {
    /// The e-mail address is verified now.
    Verified,
    /// Something else was done.
    Done,
    /// The link was used before, or is too old.
    Ended,
}

/// The page for somebody who is not logged in, if that is what the query says.
pub fn page(query: &Query) -> Option<Result<Response, Refusal>> {
    let (status, title, text) = match Ticket::of(query)? {
        Ticket::Verified => (200, "Your e-mail address is verified", "You can log in now."),
        Ticket::Done => (200, "That is done", "You can log in now."),
        Ticket::Ended => {
            (400, "This link does not work any more", "It was used before, or it is too old. Log in to get another.")
        }
    };
    let actions = [link("/auth/login", "Log in"), link("/", "Back to the start")];
    Some(reply::page(status, &Page { title, text: &[text], actions: &actions, scripts: &[] }))
}

impl Ticket {
    /// Auth0 adds `success`, `message` and `email` to the address a ticket leads to, and `code=success` or another word; an answer
    /// to a login has `state`.
    fn of(query: &Query) -> Option<Self> {
        if query.get("state").is_some() {
            return None;
        }
        let verified = || query.get("message").is_some_and(|message| message.to_ascii_lowercase().contains("verified"));
        match query.get("success")? {
            "true" if verified() => Some(Self::Verified),
            "true" => Some(Self::Done),
            "false" => Some(Self::Ended),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(query: &str) -> Option<Ticket> {
        Ticket::of(&Query::of_url(&format!("http://h/auth/callback?{query}")))
    }

    /// T34: what Auth0 sends after a link of an e-mail, and what is something else.
    #[test]
    fn t34_a_link_of_an_e_mail_is_told_from_a_login() {
        let table = [
            (
                "success=true&code=success&email=b%40example.org&message=Your%20email%20was%20verified.",
                Some(Ticket::Verified),
            ),
            ("supportSignUp=true&message=YOUR+EMAIL+WAS+VERIFIED&success=true", Some(Ticket::Verified)),
            ("success=true&message=You%20can%20now%20login%20with%20the%20new%20password.", Some(Ticket::Done)),
            ("success=false&code=used&message=This%20URL%20can%20be%20used%20only%20once", Some(Ticket::Ended)),
            ("success=false&code=access_expired&message=Access%20expired.", Some(Ticket::Ended)),
            ("success=maybe", None),
            ("code=success", None),
            ("success=true&state=abc&code=x", None),
            ("", None),
        ];
        for (query, expected) in table {
            assert_eq!(ticket(query), expected, "{query}");
        }
    }
}
