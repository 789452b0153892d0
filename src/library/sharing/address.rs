use super::error::SharingError;

/// RFC 5321, 4.5.3.1.3, less the brackets.
const LONGEST: usize = 254;
/// RFC 5321, 4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64;

/// An e-mail address as it is compared: trimmed, ASCII letters small. Other letters stay as they are: their small forms are not always
/// their own (`K`, the kelvin sign, would become `k`), and two mailboxes must not become one.
///
/// Errors: nothing there, or no address.
pub fn address(text: &str) -> Result<String, SharingError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(SharingError::Nobody);
    }
    if is_address(text) { Ok(text.to_ascii_lowercase()) } else { Err(SharingError::NoAddress) }
}

/// Whether mail could go there: what a tenant would take for an account. Quoted local parts and literal hosts are not taken.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[]\\,;:\"*".contains(c);
    let dotted = |part: &str| part.split('.').all(|label| !label.is_empty());
    let label = |label: &str| !label.starts_with('-') && !label.ends_with('-');
    text.len() <= LONGEST
        && (1..=LONGEST_LOCAL_PART).contains(&local.len())
        && text.chars().filter(|c| *c == '@').count() == 1
        && local.chars().all(plain)
        && dotted(local)
        && host.contains('.')
        && dotted(host)
        && host.split('.').all(label)
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_12_an_address_is_compared_by_its_small_letters() {
        assert_eq!(address("  Ana.Maria+docs@Example.COM ").as_deref(), Ok("ana.maria+docs@example.com"));
        assert_eq!(address("zoë@bücher.example").as_deref(), Ok("zoë@bücher.example"));
        assert_eq!(address("o'neil@example.co.uk").as_deref(), Ok("o'neil@example.co.uk"));
        // The kelvin sign is not the letter it looks like.
        assert_ne!(address("\u{212a}im@example.com"), address("kim@example.com"));
    }

    #[test]
    fn rg_12_what_is_no_address_is_refused() {
        for nobody in ["", "  ", "\n"] {
            assert_eq!(address(nobody), Err(SharingError::Nobody));
        }
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.example", "b.".repeat(130));
        for wrong in [
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "a@b@example.com",
            "Ana <ana@example.com>",
            "*@example.com",
            "ana@example..com",
            ".ana@example.com",
            "ana@-example.com",
            "a,b@example.com",
            "ana@exa mple.com",
            "ana@[127.0.0.1]",
            "ana@example.com\u{0}",
            "user:*",
            &long,
            &longer,
        ] {
            assert_eq!(address(wrong), Err(SharingError::NoAddress), "{wrong}");
        }
    }
}
