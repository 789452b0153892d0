use deputy_http::parse_query;

/// The decoded query of a request.
#[derive(Debug, Clone)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The query of a URL.
    pub fn of_url(url: &str) -> Self {
        Self(raw(url).map(parse_query).unwrap_or_default())
    }

    /// Every pair, in order.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All pairs, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// A number, if the value is one. Anything else is as if it were not there.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }
}

/// The query of a URL as it was sent, without `?` and without the fragment.
pub fn raw(url: &str) -> Option<&str> {
    url.split('#').next()?.split_once('?').map(|(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_once_and_without_fragment() {
        let query = Query::of_url("http://h/p?a=1&scopes=x&scopes=y%20z&n=12#a=2");
        assert_eq!(query.get("a"), Some("1"));
        assert_eq!(query.all("scopes").collect::<Vec<_>>(), ["x", "y z"]);
        assert_eq!(query.number::<u32>("n"), Some(12));
        assert_eq!(query.number::<u32>("a b"), None);
        assert!(Query::of_url("http://h/p").pairs().is_empty());
    }
}
