//! Uploads of every kind, and of no kind.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use deputy_documents::MediaType;
use deputy_documents::read::{LONGEST_TITLE, MOST_BYTES, ReadError, Text, read};
use proptest::prelude::*;

fn plain(bytes: &[u8]) -> Result<String, ReadError> {
    read(bytes, "text/plain", "a.txt").map(|text| text.text)
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn unicode_is_read_however_it_is_written() {
    let text = "Größe: 東京 🚀\nzwei";
    assert_eq!(plain(text.as_bytes()).unwrap(), text);
    assert_eq!(plain(format!("\u{FEFF}{text}").as_bytes()).unwrap(), text);
    let marked = format!("\u{FEFF}{text}");
    assert_eq!(plain(&utf_16(&marked, u16::to_le_bytes)).unwrap(), text);
    assert_eq!(plain(&utf_16(&marked, u16::to_be_bytes)).unwrap(), text);
    let western = "Nothing marks this text, but every other byte is zero. Größe.";
    assert_eq!(plain(&utf_16(western, u16::to_le_bytes)).unwrap(), western);
    assert_eq!(plain(&utf_16(western, u16::to_be_bytes)).unwrap(), western);
    assert_eq!(plain(b"one\r\ntwo\rthree\n").unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn other_encodings_are_read_when_they_are_named_and_refused_when_not() {
    let latin = b"Gr\xF6\xDFe";
    assert_eq!(plain(latin), Err(ReadError::Encoding));
    let named = |kind: &str, bytes: &[u8]| read(bytes, kind, "a").map(|text| text.text);
    assert_eq!(named("text/plain; charset=windows-1252", latin).unwrap(), "Größe");
    assert_eq!(named("text/plain;Charset=\"ISO-8859-1\"", latin).unwrap(), "Größe");
    assert_eq!(named("text/plain; charset=shift_jis", b"\x93\x8C\x8B\x9E").unwrap(), "東京");
    assert_eq!(named("text/plain; charset=klingon", latin), Err(ReadError::Encoding));
    assert_eq!(named("text/plain; charset=utf-8", latin), Err(ReadError::Encoding));
    assert_eq!(named("text/plain; charset=windows-1252", "Größe".as_bytes()).unwrap(), "Größe", "UTF-8 all the same");
    let page = b"<meta charset='windows-1252'><h1>Gr\xF6\xDFe</h1>";
    assert_eq!(named("text/html", page).unwrap(), "# Größe");
    let page = b"<meta http-equiv=content-type content=\"text/html; charset=koi8-r\"><p>\xD0\xD2\xC9\xD7\xC5\xD4";
    assert_eq!(named("text/html", page).unwrap(), "привет");
    // Half a character at the end: an upload that was cut off.
    assert_eq!(plain("Größ".as_bytes().split_last().unwrap().1), Err(ReadError::Encoding));
}

#[test]
fn what_is_no_text_is_refused_in_words() {
    let refused = |bytes: &[u8], kind: &str, name: &str| read(bytes, kind, name).unwrap_err();
    assert_eq!(refused(b"", "text/plain", "a.txt"), ReadError::Empty);
    assert_eq!(refused(b" \n\t\r\n", "text/plain", "a.txt"), ReadError::Empty);
    assert_eq!(refused("\u{FEFF}\u{A0} ".as_bytes(), "text/plain", "a.txt"), ReadError::Empty);
    assert_eq!(refused(b"<p> </p><script>x</script>", "text/html", "a.html"), ReadError::Empty);
    assert_eq!(refused(b"%PDF-1.7\n%\xE2\xE3", "text/plain", "a.txt"), ReadError::Pdf);
    assert_eq!(refused(b"\0\0junk%PDF-1.7\n", "text/plain", "a.txt"), ReadError::Pdf);
    assert_eq!(refused(b"whatever", "application/pdf", ""), ReadError::Pdf);
    assert_eq!(refused(b"whatever", "", "Report.PDF"), ReadError::Pdf);
    assert_eq!(plain(b"The file begins with %PDF-").unwrap(), "The file begins with %PDF-");
    assert_eq!(refused(b"PK\x03\x04rest", "text/plain", "a.txt"), ReadError::NotText);
    assert_eq!(refused(b"\x89PNG\r\n\x1A\n", "image/png", "a.png"), ReadError::NotText);
    assert_eq!(refused(b"words", "image/png", "a.txt"), ReadError::NotText);
    assert_eq!(refused(b"words", "", "a.docx"), ReadError::NotText);
    assert_eq!(refused(b"ab\0cd", "text/plain", "a.txt"), ReadError::Binary);
    assert_eq!(refused(&[1_u8; 64], "text/plain", "a.txt"), ReadError::Binary);
    assert_eq!(refused(&vec![b'a'; MOST_BYTES + 1], "text/plain", "a.txt"), ReadError::TooLarge { most: MOST_BYTES });
    assert_eq!(plain(&vec![b'a'; MOST_BYTES]).unwrap().len(), MOST_BYTES);
}

#[test]
fn the_kind_is_taken_from_type_and_name() {
    let kind = |media_type: &str, name: &str| read(b"# Words", media_type, name).map(|text| text.media_type);
    for media_type in ["text/markdown", "Text/Markdown; charset=utf-8; variant=GFM", "text/x-markdown"] {
        assert_eq!(kind(media_type, "a.txt"), Ok(MediaType::Markdown), "{media_type}");
    }
    assert_eq!(kind("application/octet-stream", "README.md"), Ok(MediaType::Markdown));
    assert_eq!(
        kind("text/plain", "README.md"),
        Ok(MediaType::Markdown),
        "so clients send it that do not know Markdown"
    );
    assert_eq!(kind("", "page.HTM"), Ok(MediaType::Markdown));
    for (media_type, name) in
        [("", "LICENSE"), ("text/csv", "a.csv"), ("application/json", "a"), ("application/ld+json", "")]
    {
        assert_eq!(kind(media_type, name), Ok(MediaType::Plain), "{media_type} {name}");
    }
}

#[test]
fn a_title_is_the_first_heading_or_the_name() {
    let title = |text: &str, kind: &str, name: &str| read(text.as_bytes(), kind, name).unwrap().title;
    assert_eq!(title("Before.\n\n## The *plan* ##\n\n# Later", "text/markdown", "a.md"), "The plan");
    assert_eq!(title("The plan\n========\n\nWords", "text/markdown", "a.md"), "The plan");
    assert_eq!(
        title("---\ntitle: x\n---\n\n```\n# no\n```\n    # nor this\n#nor this", "text/markdown", "notes/Q3 plan.md"),
        "Q3 plan"
    );
    assert_eq!(title("# Not a heading here", "text/plain", "plan.txt"), "plan");
    assert_eq!(title("<title>Site | Page</title><p>Words", "text/html", "a.html"), "Site | Page");
    assert_eq!(title("<title>Site</title><h2>The <b>real</b> one</h2>", "text/html", "a.html"), "The real one");
    assert_eq!(title("words", "text/plain", ""), "Untitled document");
    let long = title(&format!("# {}", "é ".repeat(10_000)), "text/markdown", "");
    assert!(long.chars().count() <= LONGEST_TITLE);
    assert_eq!(title("# safe\u{202E}fdp.exe", "text/markdown", ""), "safefdp.exe");
}

#[test]
fn a_page_becomes_what_a_reader_sees_of_it() {
    let page = "<!doctype html><html><head><title>T</title><style>p{}</style></head><body><nav>Home</nav>
        <h1>The   plan</h1><p>One <b>bold</b>&nbsp;word &amp; a<br>line.</p>
        <ul><li>first<li>second <i>item</i></ul><table><tr><th>a<th>b</tr><tr><td>1</td><td>2</td></tr></table>
        <pre><code>let x = 1;\n  y</code></pre><script>alert('</p>')</script><p># no heading</p><p>~~~</p>";
    let text = read(page.as_bytes(), "text/html", "").unwrap().text;
    let expected = "Home\n\n# The plan\n\nOne bold\u{A0}word & a\nline.\n\n- first\n- second item\n\na | b\n1 | 2\n\n\
         ```\nlet x = 1;\n  y\n```\n\n\\# no heading\n\n\\~~~";
    assert_eq!(text, expected);
}

/// Instructions for a model that no reader sees are not in the document.
#[test]
fn what_no_reader_sees_is_left_out() {
    let page = "<p>Seen.</p><div hidden>IGNORE</div><p style='display : none'>IGNORE <p>still</p></p><span aria-hidden=TRUE>IGNORE<span>x</span>IGNORE</span>
        <!-- IGNORE --><template>IGNORE</template><noscript>IGNORE</noscript><textarea>IGNORE</textarea><svg><text>IGNORE</text></svg>
        <img alt=IGNORE hidden><div hidden/>IGNORE</div><script/>IGNORE</script><svg/><p>Seen too.";
    let text = read(page.as_bytes(), "text/html", "").unwrap().text;
    assert!(!text.contains("IGNORE"), "{text}");
    assert!(text.starts_with("Seen.") && text.ends_with("Seen too."), "{text}");
}

/// A page as deep, as long and as broken as 10 MB allow is read in seconds.
#[test]
fn pages_of_any_shape_end() {
    for part in
        ["<div>", "</div>", "<b hidden>", "<p>x", "<pre>", "&amp;", "<a b='", "<!--", "<h1>", "<td>", "<![CDATA["]
    {
        let page = part.repeat(1_000_000 / part.len());
        let begun = std::time::Instant::now();
        drop(read(page.as_bytes(), "text/html", ""));
        assert!(begun.elapsed().as_secs() < 20, "{part}: {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..400),
            any::<String>().prop_map(String::into_bytes),
            "[<>/a-d =\"'&;#\n\r`~*-]{0,200}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u16>(), 0..200).prop_map(|units| units.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        ],
        kind in prop_oneof![
            Just("text/plain".to_owned()), Just("text/html".to_owned()), Just("text/markdown".to_owned()), Just(String::new()),
            "text/(plain|html); charset=(utf-16|utf-7|gbk|big5|iso-2022-jp|x-user-defined|replacement|euc-kr|macintosh)",
        ],
        name in any::<String>(),
    ) {
        if let Ok(Text { title, text, .. }) = read(&bytes, &kind, &name) {
            prop_assert!(!title.trim().is_empty() && title.chars().count() <= LONGEST_TITLE && !title.contains('\n'));
            prop_assert!(!text.trim().is_empty() && !text.contains('\r') && !text.contains('\0'));
        }
    }
}
