use super::*;

/// RG-11: the nearest passage first, its words from the document, its similarity between 0 and 1.
#[test]
fn rg_11_a_question_finds_the_passage_that_answers_it() {
    let host = Host::new();
    let library = library(&host);
    add(&library, "ana", "Cooking", "# Soup\n\nBoil the potatoes for twenty minutes.", None);
    let id = add(&library, "ana", "ZEKO", "# Outlook\n\n## Forecast\n\nWe forecast growing revenue for ZEKO.", None);
    let found = find(&library, "ana", "What is the forecast for ZEKO?");
    let first = &found.passages[0];
    assert_eq!((&first.document_id, first.title.as_str(), first.chunk), (&id, "ZEKO", 0));
    assert!(first.content.contains("growing revenue"), "{first:?}");
    assert_eq!((first.similarity, found.passages.len(), found.cut, found.unchecked), (1.0, 1, None, false));
    let half = find(&library, "ana", "forecast of the weather");
    assert!((0.4..0.6).contains(&half.passages[0].similarity), "{half:?}");
    for nothing in ["", "?!", "   ", "unheardof", "\u{0}"] {
        assert_eq!(find(&library, "ana", nothing), Found::default(), "{nothing}");
    }
}

/// Operators of FTS5 are words like any others, whatever script a question is in.
#[test]
fn no_question_is_a_query() {
    let host = Host::new();
    let library = library(&host);
    let texts = [
        ("English", "The quick brown fox jumps."),
        ("Deutsch", "Größe und Straße der Bücherei."),
        ("日本語", "東京都の人口は多い。"),
        ("ไทย", "กรุงเทพมหานครเป็นเมืองหลวง"),
        ("العربية", "مدينة القاهرة كبيرة"),
        ("Русский", "Москва большой город"),
        ("한국어", "서울은 대한민국의 수도이다"),
        ("हिन्दी", "दिल्ली भारत की राजधानी है"),
        ("Emoji", "The 🚀 has left."),
    ];
    for (title, text) in texts {
        add(&library, "ana", title, text, None);
    }
    for (question, title) in [
        ("brown fox", "English"),
        ("straße", "Deutsch"),
        ("東京", "日本語"),
        ("เมืองหลวง", "ไทย"),
        ("القاهرة", "العربية"),
        ("москва", "Русский"),
        ("수도", "한국어"),
        ("राजधानी", "हिन्दी"),
        ("🚀", "Emoji"),
    ] {
        assert_eq!(found_titles(&library, "ana", question), [title], "{question}");
        assert!(found_titles(&library, "ben", question).is_empty());
    }
    for hostile in [
        "\"",
        "'",
        "\"\"\"",
        "fox\" OR \"1",
        "fox*",
        "^fox",
        "title:fox",
        "NEAR(fox quick, 2)",
        "fox AND",
        "NOT fox",
        "(fox",
        "fox)",
        "{title text}:fox",
        "-fox",
        "fox + quick",
        "; DROP TABLE documents;",
        "%",
        "\\",
        "fox\u{0}quick",
        "\u{202e}fox",
    ] {
        let found = found_titles(&library, "ana", hostile);
        assert!(found.iter().all(|title| title == "English"), "{hostile}: {found:?}");
        assert!(found_titles(&library, "ben", hostile).is_empty());
    }
    let long = "fox ".repeat(20_000);
    assert_eq!(found_titles(&library, "ana", &long), ["English"]);
    assert_eq!(host.count("documents"), texts.len() as u64);
}

#[test]
fn a_title_counts_more_than_a_text() {
    let host = Host::new();
    let library = library(&host);
    let filler = "Some words about something else entirely. ".repeat(5);
    add(&library, "ana", "Notes", &format!("{filler} The harvest was mentioned."), None);
    add(&library, "ana", "Harvest", &filler, None);
    assert_eq!(found_titles(&library, "ana", "harvest"), ["Harvest", "Notes"]);
}

/// Many documents of others, ranked before the one that somebody may see.
fn crowd(library: &Core<Host>, others: usize) -> String {
    for number in 0..others {
        add(library, "ana", &format!("Harvest {number}"), "The harvest of this year, harvest by harvest.", None);
    }
    let text = format!("A long text. {} Somewhere in it the harvest.", "Many other words. ".repeat(30));
    add(library, "ben", "Ben's", &text, None)
}

/// RG-01: whoever may see little still finds it, below what others may see, and learns nothing of that.
#[test]
fn rg_01_what_somebody_may_see_is_found_at_rank_150() {
    let host = Host::new();
    let library = library(&host);
    crowd(&library, 149);
    let found = find(&library, "ben", "harvest");
    assert_eq!((found.passages.len(), found.cut, found.unchecked), (1, None, false));
    assert_eq!(found.passages[0].title, "Ben's");
    assert_eq!(find(&library, "cleo", "harvest"), Found::default());
    assert_eq!(find(&library, "ana", "harvest").passages.len(), 10);
}

/// Beyond 200 candidates a local evaluator lists what somebody sees, and the question is put to that.
#[test]
fn rg_01_what_somebody_may_see_is_found_at_any_rank() {
    let host = Host::new();
    let library = library(&host);
    let id = crowd(&library, 230);
    let found = find(&library, "ben", "harvest");
    assert_eq!((found.passages.len(), found.cut), (1, None));
    assert_eq!(found.passages[0].document_id, id);
    assert_eq!(find(&library, "cleo", "harvest"), Found::default());
}

/// Where a service decides and lists nothing, a search gives up after 200 candidates, and says that rights could not be checked: not how
/// much there is that may not be seen. A page is one batch check.
#[test]
fn rg_08_a_search_that_gives_up_says_so() {
    let host = Host::new();
    let library = library_with(&host, &SERVICE);
    host.fake.world(service(|_, _, _| true));
    let id = crowd(&library, 199);
    let object = format!("doc:{id}");
    host.fake.world(service(move |user, _, asked| user == "user:auth0|ben" && asked == object));
    let asked = host.fake.sent("batch-check").len();
    let found = find(&library, "ben", "harvest");
    assert_eq!((found.passages.len(), found.cut), (1, None));
    assert_eq!(host.fake.sent("batch-check").len() - asked, 4);
    host.fake.world(service(|_, _, _| true));
    add(&library, "ana", "One more", "The harvest of harvests.", None);
    host.fake.world(service(|_, _, _| false));
    let found = find(&library, "ben", "harvest");
    assert_eq!(found, Found { unchecked: true, ..Found::default() });
    host.fake.world(service(|_, _, _| true));
    let asked = host.fake.sent("batch-check").len();
    assert_eq!(find(&library, "ana", "harvest").passages.len(), 10);
    assert_eq!(host.fake.sent("batch-check").len() - asked, 1, "one page suffices");
}
