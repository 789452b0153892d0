//! A browser in a few words, out of its `User-Agent` (RFC 9110, 10.1.5): for the user to tell one login from another, and for
//! nothing else, because anybody may write anything there.

/// "Firefox on Windows", "Safari on iPhone"; one half where the other is not known. Only our own words.
pub fn browser_name(user_agent: &str) -> Option<String> {
    let first = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

/// Most browsers name others as well, so the order counts.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("node", "Node.js"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_and_nothing_of_the_header_is_shown() {
        let mozilla = |rest: &str| format!("Mozilla/5.0 {rest}");
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let cases = [
            (
                mozilla("(Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"),
                Some("Firefox on Windows"),
            ),
            (mozilla(&format!("(X11; Linux x86_64) {chrome}")), Some("Chrome on Linux")),
            (mozilla(&format!("(Windows NT 10.0; Win64; x64) {chrome} Edg/140.0.0.0")), Some("Edge on Windows")),
            (mozilla(&format!("(Linux; Android 10; K) {chrome}")), Some("Chrome on Android")),
            (
                mozilla(
                    "(iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1",
                ),
                Some("Safari on iPhone"),
            ),
            (
                mozilla("(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15"),
                Some("Safari on macOS"),
            ),
            ("curl/8.5.0".to_owned(), Some("curl")),
            ("node".to_owned(), Some("Node.js")),
            ("<script>alert(1)</script> Linux".to_owned(), Some("Linux")),
            ("something else".to_owned(), None),
            (String::new(), None),
        ];
        for (user_agent, expected) in cases {
            assert_eq!(browser_name(&user_agent).as_deref(), expected, "{user_agent}");
        }
    }
}
