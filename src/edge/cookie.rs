/// The cookies of a request, read leniently: what is malformed is not there (S-15).
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads a `Cookie` header (RFC 6265, 5.4). No decoding: our own values need none.
    pub fn parse(header: Option<&str>) -> Self {
        let pairs = header.unwrap_or_default().split(';').filter_map(|pair| pair.trim().split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of exactly that name. With several of one name the first counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The names that begin so.
    pub fn names_with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(move |name| name.starts_with(prefix))
    }
}

/// Names and flags of our cookies, as the scheme of `BASE_URL` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookieJar {
    /// True when `BASE_URL` is https: `__Host-` names and the `Secure` flag.
    pub secure: bool,
}

impl CookieJar {
    /// Name of the session cookie.
    pub fn session(self) -> &'static str {
        if self.secure { "__Host-deputy" } else { "deputy" }
    }

    /// What the names of all login transactions begin with.
    pub fn transaction_prefix(self) -> &'static str {
        if self.secure { "__Host-deputy-tx-" } else { "deputy-tx-" }
    }

    /// Name of the cookie of one login transaction, so that parallel logins do not disturb each other (S-14). None for a `state`
    /// that cannot be ours.
    pub fn transaction(self, state: &str) -> Option<String> {
        const SHORT: usize = 12;
        let ours = state.len() > SHORT && state.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        ours.then(|| format!("{}{}", self.transaction_prefix(), state.chars().take(SHORT).collect::<String>()))
    }

    /// A `Set-Cookie` value.
    pub fn set(self, name: &str, value: &str, max_age_seconds: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    /// A `Set-Cookie` value that removes a cookie.
    pub fn clear(self, name: &str) -> String {
        self.set(name, "", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_15_malformed_cookies_are_ignored_and_names_are_exact() {
        let cookies = Cookies::parse(Some("deputy2=x; broken; =; deputy=good; deputy=second; a=%zz"));
        assert_eq!(cookies.get("deputy"), Some("good"));
        assert_eq!(cookies.get("deput"), None);
        assert_eq!(cookies.get("a"), Some("%zz"));
        assert_eq!(Cookies::parse(None).get("deputy"), None);
    }

    #[test]
    fn s_14_secure_cookies_have_the_host_prefix_and_one_transaction_each() {
        let https = CookieJar { secure: true };
        let set = https.set(https.session(), "v1.k.n.c", 60);
        assert_eq!(set, "__Host-deputy=v1.k.n.c; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let http = CookieJar { secure: false };
        assert_eq!(http.clear("deputy"), "deputy=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        let one = https.transaction("abcdefghijklmnopqrstuvwxyz");
        assert_eq!(one.as_deref(), Some("__Host-deputy-tx-abcdefghijkl"));
        assert_ne!(one, https.transaction("zbcdefghijklmnopqrstuvwxyz"));
    }

    #[test]
    fn s_14_a_state_that_is_not_ours_names_no_cookie() {
        let jar = CookieJar { secure: false };
        for odd in ["", "short", "has space in the state", "semi;colon-and-more", "ünïcödé-state-here"] {
            assert_eq!(jar.transaction(odd), None, "{odd}");
        }
    }
}
