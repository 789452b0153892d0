//! Passages: what holds for any text, and where texts of every kind are cut.

#![allow(clippy::unwrap_used, clippy::string_slice, clippy::indexing_slicing, reason = "helpers of tests")]

use deputy_documents::MediaType;
use deputy_documents::chunk::{Chunk, LONGEST, OVERLAP, SHORTEST, chunks};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

fn length(chunk: &Chunk<'_>) -> usize {
    chunk.text.chars().count()
}

/// What holds for passages of any text.
fn hold(text: &str, media_type: MediaType) -> Vec<Chunk<'_>> {
    let found = chunks(text, media_type);
    let mut covered = 0;
    let mut begun = 0;
    for (number, chunk) in found.iter().enumerate() {
        let Chunk { bytes, utf16, .. } = chunk;
        assert_eq!(chunk.text, &text[bytes.clone()], "its words as they stand there");
        assert_eq!(chunk.text, chunk.text.trim_end(), "without space after it");
        assert!(chunk.text.starts_with(|first: char| !first.is_whitespace()), "nor before it");
        assert!(length(chunk) <= LONGEST, "{} characters", length(chunk));
        let units: Vec<u16> = text[..bytes.end].encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[utf16.clone()]).unwrap(), chunk.text);
        assert!(number == 0 || bytes.start > begun, "each begins after the one before");
        assert!(bytes.end > covered, "each holds something new");
        if bytes.start > covered {
            assert!(text[covered..bytes.start].trim().is_empty(), "nothing but space is left out");
        } else {
            assert!(text[bytes.start..covered].chars().count() <= *OVERLAP.end(), "the overlap is small");
        }
        (begun, covered) = (bytes.start, bytes.end);
    }
    assert!(text[covered..].trim().is_empty(), "nothing but space is left out");
    found
}

fn no_grapheme_is_cut(text: &str, found: &[Chunk<'_>]) {
    let places: std::collections::HashSet<usize> =
        text.grapheme_indices(true).map(|(place, _)| place).chain([text.len()]).collect();
    for Chunk { bytes, .. } in found {
        assert!(places.contains(&bytes.start) && places.contains(&bytes.end), "{bytes:?}");
    }
}

#[test]
fn a_short_text_is_one_passage() {
    assert_eq!(hold("", MediaType::Plain), []);
    assert_eq!(hold(" \n\n\t", MediaType::Markdown), []);
    let found = hold("\n  # Plan\n\nOne 🚀.  \n", MediaType::Markdown);
    assert_eq!((found.len(), found[0].text, found[0].heading.as_str()), (1, "# Plan\n\nOne 🚀.", "Plan"));
    assert_eq!((found[0].bytes.clone(), found[0].utf16.clone()), (3..20, 3..18));
    assert_eq!(hold(&"a".repeat(LONGEST), MediaType::Plain).len(), 1);
}

#[test]
fn prose_is_cut_between_paragraphs_and_sentences() {
    let sentence = "The forecast for the coming year is looked at again in July by four people.";
    let paragraph = [sentence; 4].join(" ");
    let text = [paragraph.as_str(); 20].join("\n\n");
    let found = hold(&text, MediaType::Plain);
    for chunk in &found {
        assert!(chunk.text.ends_with("people.") && chunk.text.starts_with("The forecast"), "{}", chunk.text);
        assert!(text[chunk.bytes.end..].is_empty() || text[chunk.bytes.end..].starts_with("\n\n"), "a paragraph ends");
    }
    for chunk in &found[..found.len() - 1] {
        assert!((SHORTEST - 2..=LONGEST).contains(&length(chunk)), "{}", length(chunk));
    }
    for (before, after) in found.iter().zip(&found[1..]) {
        assert!(after.bytes.start < before.bytes.end, "they overlap");
    }
    let found = hold(
        &"word ".repeat(2_000).replace("word word word word word word word ", "word, word word. "),
        MediaType::Plain,
    )
    .len();
    assert!(found > 5);
}

#[test]
fn headings_are_kept_as_a_path() {
    let filler = "Words that fill the section, a sentence at a time. ".repeat(18);
    let text = format!(
        "# Handbook\n\n{filler}\n\n## Vacation\n\n{filler}\n\n### Parents\n\n{filler}\n\n```sh\n# no heading\n```\n\n## Pay\n\n{filler}\n\nSecond\n======\n\n{filler}"
    );
    let found = hold(&text, MediaType::Markdown);
    let headings: Vec<&str> = found.iter().map(|chunk| chunk.heading.as_str()).collect();
    let expected = ["Handbook", "Handbook › Vacation", "Handbook › Vacation › Parents", "Handbook › Pay", "Second"];
    assert_eq!(headings, expected);
    assert!(found[1].text.starts_with("## Vacation"), "no overlap before a heading");
    assert!(hold(&text, MediaType::Plain).iter().all(|chunk| chunk.heading.is_empty()), "text has no headings");
}

#[test]
fn a_passage_of_several_sections_stands_below_what_they_share() {
    let text = "# Handbook\n\n## Vacation\n\nThirty days.\n\n## Pay\n\nMonthly.\n";
    assert_eq!(hold(text, MediaType::Markdown)[0].heading, "Handbook");
}

#[test]
fn code_is_cut_between_its_lines() {
    let code = "let total = prices.iter().sum();  // adds. everything\n".repeat(60);
    let text = format!("# Code\n\n~~~~rust\n{code}# no heading\n~~~\n~~~~\n\nAfter.\n");
    let found = hold(&text, MediaType::Markdown);
    for chunk in &found[..found.len() - 1] {
        assert!(chunk.text.ends_with("everything"), "{}", chunk.text);
    }
    assert!(found.iter().all(|chunk| chunk.heading == "Code"));
}

/// One line without an end, of everything that a reader takes for one character.
#[test]
fn no_character_is_cut_in_an_endless_line() {
    for one in ["a", "é", "e\u{301}", "東", "👩‍👩‍👧‍👦", "🇺🇳", "กำ", "한", "ש\u{5B8}", "\u{202E}x", "🏳️‍🌈"]
    {
        let text = one.repeat(6_000 / one.chars().count());
        let found = hold(&text, MediaType::Markdown);
        no_grapheme_is_cut(&text, &found);
        assert!(found.len() > 4, "{one}");
    }
    let chinese = "明年的收入预计将增长百分之十七，其中三分之二来自新产品。".repeat(200);
    let found = hold(&chinese, MediaType::Plain);
    assert!(found.iter().all(|chunk| chunk.text.ends_with('。')), "sentences end without a space");
    // There is no end to what can be put on one letter: it is cut, and nothing is lost.
    hold(&format!("a{}", "\u{301}".repeat(10_000)), MediaType::Plain);
}

#[test]
fn long_space_is_no_text() {
    let text = format!("one{}two", " ".repeat(100_000));
    let found = hold(&text, MediaType::Plain);
    assert_eq!(found.iter().map(|chunk| chunk.text).collect::<Vec<_>>(), ["one", "two"]);
    hold(&format!("{}\n{}", "x ".repeat(900), "\n".repeat(5_000)), MediaType::Markdown);
}

/// Whatever it is: no part of the work grows with the square of the text.
#[test]
fn megabytes_are_cut_in_seconds() {
    for part in ["a", "# a\n", "```\n", "a\n=\n", "\n", ". ", "\") ", "🇺🇳", "e\u{301}", "one two three. "] {
        let text = part.repeat(2_000_000 / part.len());
        let begun = std::time::Instant::now();
        let found = chunks(&text, MediaType::Markdown).len();
        assert!(begun.elapsed().as_secs() < 30, "{part:?}: {found} passages in {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn passages_hold_all_of_any_text(parts in prop::collection::vec(part(), 0..120), markdown in any::<bool>()) {
        hold(&parts.concat(), if markdown { MediaType::Markdown } else { MediaType::Plain });
    }
}

/// Pieces of documents, nice and not.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z ]{0,80}",
        "[.!?。！\n \t]{0,6}",
        "(\n|\n\n)#{1,7} [a-zA-Z`*]{0,20}#{0,3}\n",
        "(\n|\n\n)(```|~~~~)[a-z`]{0,4}\n",
        "\n\n[a-z]{1,9}\n(==|--)[=-]{0,3}\n",
        "(\u{200B}|\u{200D}|\u{202E}|\u{301}|\u{FE0F}|🇺|👩|한|ก|ำ|東){0,90}",
    ]
}
