use deputy_http::HeaderMap;

/// RFC 8288, 3: the target whose relation is `next`.
pub fn next_link(head: &HeaderMap) -> Option<String> {
    let links = head.get_all("link").iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split('<').skip(1)).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let relation = |parameter: &str| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_end_matches(',').trim_matches([' ', '"']);
            (name.trim().eq_ignore_ascii_case("rel"))
                .then(|| value.split(' ').any(|one| one.eq_ignore_ascii_case("next")))
        };
        parameters.split(';').find_map(relation)?.then(|| target.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(value: &str) -> Option<String> {
        let mut head = HeaderMap::new();
        head.insert("link", value.parse().unwrap());
        next_link(&head)
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let next = Some("https://api.github.com/user/repos?page=2".to_owned());
        for value in [
            "<https://api.github.com/user/repos?page=2>; rel=\"next\", <https://api.github.com/user/repos?page=9>; rel=\"last\"",
            "<https://api.github.com/user/repos?page=1>; rel=\"prev first\",<https://api.github.com/user/repos?page=2>;rel=next",
            "<https://api.github.com/user/repos?page=2>; title=\"a\"; REL=\"last next\"",
        ] {
            assert_eq!(link(value), next, "{value}");
        }
        for value in [
            "",
            "<https://api.github.com/user/repos?page=9>; rel=\"last\"",
            "https://x; rel=next",
            "<https://x",
            "<x>; rel",
        ] {
            assert_eq!(link(value), None, "{value}");
        }
    }
}
