use super::*;
use crate::library::error::{LONGEST_TITLE, MOST_BYTES, MOST_CHUNKS, MOST_DOCUMENTS, MOST_FOLDERS};

fn code(library: &Core<Host>, request: AddDocument) -> (u16, String) {
    refused(library, request)
}

/// A limit is a refusal in words, and nothing is written.
#[test]
fn titles_texts_and_media_types_have_limits() {
    let host = Host::new();
    let library = library(&host);
    for empty in ["", "  ", "\n\t\u{0}"] {
        assert_eq!(code(&library, adding("ana", empty, "Text.", None)), (400, "title_empty".to_owned()));
        assert_eq!(
            code(&library, adding("ana", "Title", empty.trim_end_matches('\u{0}'), None)),
            (400, "document_empty".to_owned())
        );
    }
    let long = "é".repeat(LONGEST_TITLE + 1);
    assert_eq!(code(&library, adding("ana", &long, "Text.", None)), (400, "title_too_long".to_owned()));
    let folder = AddFolder { who: person("ana"), title: long, parent: None };
    assert_eq!(refused(&library, folder), (400, "title_too_long".to_owned()));
    let large = "x".repeat(MOST_BYTES + 1);
    assert_eq!(code(&library, adding("ana", "Large", &large, None)), (413, "document_too_large".to_owned()));
    for media_type in ["", "text", "application/pdf", "text/markdown; charset=x"] {
        let request = AddDocument { media_type: media_type.to_owned(), ..adding("ana", "Odd", "Text.", None) };
        assert_eq!(code(&library, request), (400, "media_type_invalid".to_owned()), "{media_type}");
    }
    assert_eq!((host.count("documents"), host.count("folders"), host.count("library_tuples")), (0, 0, 0));
    add(&library, "ana", &"é".repeat(LONGEST_TITLE), "Text.", None);
    // What would make a title look like another one is left out.
    add(&library, "ben", "invoice\u{202E}txt.exe\u{200B}", "Text.", None);
    assert_eq!(titles(&library, "ben"), ["invoicetxt.exe"]);
}

/// A text larger than a row may be comes back whole, and each passage is where it says.
#[test]
fn a_large_text_is_kept_whole() {
    let host = Host::new();
    let library = library(&host);
    let text: String = (0..30_000).map(|number| format!("Sentence number {number} in 日本. ")).collect();
    let id = add(&library, "ana", "Large", &text, None);
    assert!(host.count("contents") > 1);
    let whole = ask(&library, ReadContent { who: person("ana"), id: id.clone() }).unwrap();
    assert!(whole.text == text, "the same");
    let found = find(&library, "ana", "29000");
    assert!(found.passages[0].content.contains("number 29000 "));
    let chunk = found.passages[0].chunk;
    let cited = ask(&library, ReadPassage { who: person("ana"), id, chunk }).unwrap();
    assert_eq!(cited.text, found.passages[0].content);
    let units: Vec<u16> = text.encode_utf16().collect();
    assert_eq!(String::from_utf16(&units[cited.start as usize..cited.end as usize]).unwrap(), cited.text);
}

#[test]
fn one_user_fills_no_library() {
    let host = Host::new();
    let library = library(&host);
    let rows = |table: &str, number: u64, columns: &str, values: &str| {
        let fill = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) INSERT INTO {table} ({columns}) SELECT {values} FROM n"
        );
        host.fake.exec(&fill, &[]).unwrap();
    };
    let columns = "id, title, owner, media_type, characters, chunks, created_at, changed_at";
    rows("documents", MOST_DOCUMENTS, columns, "'d' || i, 't', 'auth0|ana', 'text/plain', 1, 1, 1, 1");
    assert_eq!(code(&library, adding("ana", "One more", "Text.", None)), (429, "limit_documents".to_owned()));
    rows("folders", MOST_FOLDERS, "id, title, owner, created_at, changed_at", "'f' || i, 't', 'auth0|ana', 1, 1");
    // What has no words takes room, too.
    host.fake.exec("UPDATE documents SET owner = 'auth0|eve', characters = 19999 WHERE id <> 'd1000'", &[]).unwrap();
    let spaces = format!("x{}", " ".repeat(19_999 + 1_000));
    assert_eq!(code(&library, adding("eve", "Spaces", &spaces, None)), (429, "limit_documents_text".to_owned()));
    host.fake.exec("UPDATE documents SET owner = 'auth0|ana', characters = 1", &[]).unwrap();
    let folder = |who: &str| AddFolder { who: person(who), title: "One more".to_owned(), parent: None };
    assert_eq!(refused(&library, folder("ana")), (429, "limit_folders".to_owned()));
    ask(&library, folder("ben")).unwrap();
    add(&library, "ben", "Ben's", "Text.", None);
    // A library that is full takes nothing more in, from nobody.
    host.fake
        .exec(&format!("UPDATE documents SET chunks = {} WHERE id = 'd1'", MOST_CHUNKS - MOST_DOCUMENTS), &[])
        .unwrap();
    assert_eq!(code(&library, adding("ben", "Full", "Text.", None)), (507, "library_full".to_owned()));
    assert_eq!(titles(&library, "ben"), ["Ben's"]);
}
