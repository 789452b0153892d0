use deputy_auth0::{AssociatedData, KeyRing, Purpose, SealError, SealNonce};
use serde::{Deserialize, Serialize};

/// What the session cookie carries, sealed: where to ask and for which session. No token, no name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCookie {
    /// Name of the account object.
    #[serde(rename = "a")]
    pub account: String,
    /// Session id in that account.
    #[serde(rename = "s")]
    pub session: String,
}

impl SessionCookie {
    /// The cookie's value.
    pub fn seal(&self, keys: &KeyRing, issuer: &str, nonce: SealNonce) -> Result<String, SealError> {
        let json = deputy_http::json::write(self);
        keys.seal(Purpose::SessionCookie, nonce, &associated_data(issuer), json.as_bytes())
    }

    /// Reads a value; the second is true if it should be sealed again with the first key. What no key of ours has sealed for
    /// this tenant is an anonymous user's (S-15).
    pub fn open(keys: &KeyRing, issuer: &str, value: &str) -> Option<(Self, bool)> {
        const LONGEST: usize = 1024;
        if value.len() > LONGEST {
            return None;
        }
        let opened = keys.open(Purpose::SessionCookie, &associated_data(issuer), value).ok()?;
        Some((deputy_http::json::read(&opened.plaintext).ok()?, opened.reseal))
    }
}

fn associated_data(issuer: &str) -> AssociatedData {
    AssociatedData::new(["session-cookie", issuer])
}

#[cfg(test)]
mod tests {
    use super::*;
    use deputy_http::Secret;

    fn keys(byte: &str) -> KeyRing {
        KeyRing::parse(&Secret::new(byte.repeat(32))).expect("a passphrase")
    }

    #[test]
    fn ua_09_the_cookie_holds_no_readable_name_and_a_changed_key_invalidates_it() {
        let cookie = SessionCookie { account: "account-name".into(), session: "session-id".into() };
        let value = cookie.seal(&keys("a"), "https://t/", [1; 12]).unwrap();
        assert!(!value.contains("account-name") && !value.contains("session-id"));
        assert_eq!(SessionCookie::open(&keys("a"), "https://t/", &value), Some((cookie, false)));
        assert_eq!(SessionCookie::open(&keys("b"), "https://t/", &value), None);
        assert_eq!(SessionCookie::open(&keys("a"), "https://other/", &value), None);
    }

    /// UA-09: after a new first key the cookie opens still, and says that it wants to be sealed anew.
    #[test]
    fn ua_09_a_cookie_under_an_older_key_is_to_be_sealed_anew() {
        let (old, new) = ("A".repeat(43), format!("{}I", "QkJC".repeat(10) + "Qk"));
        let ring = |text: String| KeyRing::parse(&Secret::new(text)).unwrap();
        let (before, after) = (ring(format!("k1:{old}=")), ring(format!("k2:{new}=,k1:{old}=")));
        let cookie = SessionCookie { account: "account-name".into(), session: "session-id".into() };
        let value = cookie.seal(&before, "https://t/", [1; 12]).unwrap();
        assert_eq!(SessionCookie::open(&after, "https://t/", &value), Some((cookie.clone(), true)));
        let value = cookie.seal(&after, "https://t/", [2; 12]).unwrap();
        assert_eq!(SessionCookie::open(&after, "https://t/", &value), Some((cookie, false)));
        assert_eq!(SessionCookie::open(&before, "https://t/", &value), None);
    }

    #[test]
    fn s_15_garbage_is_an_anonymous_user() {
        for garbage in ["", "x", "v1.a.b.c", "v1....", &"x".repeat(5000)] {
            assert_eq!(SessionCookie::open(&keys("a"), "https://t/", garbage), None, "{garbage:.20}");
        }
    }
}
