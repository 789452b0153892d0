/// How many characters a title has at most.
pub const LONGEST_TITLE: usize = 200;

/// A title as it is kept and shown: [`one_line`], at most [`LONGEST_TITLE`] characters. None if nothing is left.
pub fn tidy_title(title: &str) -> Option<String> {
    let line = one_line(title.chars().take(8 * LONGEST_TITLE));
    let end = line.char_indices().nth(LONGEST_TITLE).map_or(line.len(), |(end, _)| end);
    let title = line.get(..end).unwrap_or_default().trim_end();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Words with one space between two, without control characters and marks of direction (which could make it look like another name).
pub fn one_line(characters: impl Iterator<Item = char>) -> String {
    let seen = characters.map(|one| if one.is_control() { ' ' } else { one }).filter(|one| !is_deceiving(*one));
    seen.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Overrides and embeddings of direction, and what is not seen at all.
fn is_deceiving(character: char) -> bool {
    matches!(character, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// A file's name without its folders and ending, as a title.
pub(super) fn name_of_file(file_name: &str) -> Option<String> {
    const LONGEST_ENDING: usize = 8;
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let is_ending = |ending: &str| {
        !ending.is_empty() && ending.len() <= LONGEST_ENDING && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let stem = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && is_ending(ending) => stem,
        _ => name,
    };
    tidy_title(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_titles() {
        let title = |name| name_of_file(name).unwrap_or_default();
        assert_eq!(title("public-doc.md"), "public-doc");
        assert_eq!(title(r"C:\Users\anne\Budget 2026.final.txt"), "Budget 2026.final");
        assert_eq!(title("../../etc/passwd"), "passwd");
        assert_eq!(title(".env"), ".env");
        assert_eq!(title("v1. The beginning"), "v1. The beginning");
        assert_eq!((title(""), title("/"), title("\u{202E}\n")), (String::new(), String::new(), String::new()));
        assert_eq!(title("invoice\u{202E}txt.exe"), "invoicetxt");
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(tidy_title("  The\r\n\tplan\0 of\u{200B} it ").unwrap(), "The plan of it");
        assert_eq!(tidy_title(&"ü".repeat(5_000)).unwrap().chars().count(), LONGEST_TITLE);
        assert_eq!(tidy_title("\u{202E}\u{FEFF} "), None);
    }
}
