//! Binding messages: Auth0's rules hold for every text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use deputy_auth0::{ApprovalCode, BindingMessage, BindingMessageError};
use deputy_error::Explained as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

const CASES: u64 = 4_000;

fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-_.,:#".contains(c)
}

/// Words, numbers and oddities in any order: what a model may put into an argument.
fn any_text(random: &mut StdRng) -> String {
    const PIECES: &[&str] = &[
        " ",
        "  ",
        "\n",
        "\t",
        "buy",
        "shares of",
        "GOOGL",
        "3",
        "9999",
        "1.000.000,00",
        "5'000",
        "$",
        "€",
        "£",
        "%",
        "&",
        "@",
        "Müller",
        "Straße",
        "Łódź",
        "İstanbul",
        "Ελλάδα",
        "Київ",
        "съезд",
        "ь",
        "買う",
        "🎉",
        "👩‍💻",
        "½",
        "²",
        "٣",
        "９",
        "(",
        ")",
        "\"",
        "'",
        "’",
        "…",
        "—",
        "/",
        "\\",
        "|",
        "^",
        "<b>",
        "\0",
        "\u{7f}",
        "=",
        ";",
        "!",
        "?",
        "*",
        "_",
        "__",
        "..",
        "#",
        "a-very-long-product-name-without-a-single-blank-anywhere-in-it",
    ];
    (0..random.gen_range(0..30)).map(|_| PIECES[random.gen_range(0..PIECES.len())]).collect()
}

/// Runs of digits, whatever their script, in order.
fn numbers(text: &str) -> Vec<String> {
    let digit = |c: char| match c {
        '٣' => Some('3'),
        '９' => Some('9'),
        _ => c.is_ascii_digit().then_some(c),
    };
    let halves = text.replace('½', " 1 2 ");
    halves
        .split(|c| digit(c).is_none())
        .filter(|run| !run.is_empty())
        .map(|run| run.chars().filter_map(digit).collect())
        .collect()
}

/// AA-06, S-09: for thousands of texts, what the device shows is within the rules, keeps every number, and says when it does
/// not say everything.
#[test]
fn aa_06_every_text_fits() {
    let mut random = StdRng::seed_from_u64(9);
    for case in 0..CASES {
        let text = any_text(&mut random);
        let message = BindingMessage::fit(&text);
        let shown = message.as_str();
        assert!((1..=64).contains(&shown.chars().count()), "{case} {text:?}: {shown:?}");
        assert!(shown.chars().all(|c| allowed(c) || c == ' '), "{case} {text:?}: {shown:?}");
        assert!(!shown.contains("  ") && shown.trim() == shown, "{case} {text:?}: {shown:?}");
        assert_eq!(BindingMessage::fit(shown), message, "{case} {text:?}: fitting again changes nothing");
        assert_eq!(BindingMessage::parse(shown), Ok(message.clone()), "{case} {text:?}");
        let strict = BindingMessage::fit_without_blanks(&text);
        assert!(strict.as_str().chars().all(allowed) && strict.as_str().len() == shown.len(), "{case} {strict}");

        let (before, after) = (numbers(&text), numbers(shown));
        if before != after && shown != "Approve request" {
            assert!(shown.ends_with(".."), "{case} {text:?}: {shown:?} hides a number and does not say so");
            let whole = after.iter().zip(&before).filter(|(after, before)| after == before).count();
            let cut = after.len() - whole;
            assert!(cut <= 1 && after.len() <= before.len(), "{case} {text:?}: {shown:?}");
            if cut == 1 {
                let last = format!("{}..", after.last().unwrap());
                assert!(shown.ends_with(&last), "{case} {text:?}: {shown:?} shortens a number without the mark");
                assert!(before[whole].starts_with(after.last().unwrap()), "{case} {text:?}: {shown:?}");
            }
        }
    }
}

/// S-09: a longer message keeps its code.
#[test]
fn s_09_the_code_is_never_shortened() {
    let code = ApprovalCode::of_question("q", "digest");
    let mut random = StdRng::seed_from_u64(10);
    for case in 0..CASES {
        let text = any_text(&mut random);
        let message = BindingMessage::fit_with_code(&text, &code);
        assert!(message.as_str().ends_with(&format!(" #{code}")), "{case} {message}");
        assert_eq!(BindingMessage::parse(message.as_str()), Ok(message.clone()), "{case} {text:?}");
    }
}

fn notices() -> Vec<String> {
    ["A second time, done at 10:02: ", "Again, done at 10:02: ", "2nd time: "].map(str::to_owned).to_vec()
}

/// Issue 11: that it is a second time is said by the longest notice that leaves the message whole; where none does, the longest
/// message keeps its beginning and its end, and says where something is left out.
#[test]
fn a_second_time_does_not_push_the_end_of_a_message_out() {
    let code = ApprovalCode::of_question("q", "digest");
    let behind = |text: &str| BindingMessage::fit_behind(&notices(), text, None).as_str().to_owned();
    for (text, expected) in [
        ("Buy 3 shares of GOOGL", "A second time, done at 10:02: Buy 3 shares of GOOGL"),
        ("Do you want to buy 3 shares of GOOGL", "Again, done at 10:02: Do you want to buy 3 shares of GOOGL"),
        // The longest that fits behind the shortest notice, and one character more.
        (
            "Do you want to buy 300 shares of ACME for 1234567 at most",
            "2nd time: Do you want to buy 300 .. ACME for 1234567 at most",
        ),
        (
            "Do you want to buy 300 shares of ACME for 12345678 all",
            "2nd time: Do you want to buy 300 shares of ACME for 12345678 all",
        ),
        (
            "Do you want to buy 300 shares of ACME for 123456789 all",
            "2nd time: Do you want to buy 300 .. of ACME for 123456789 all",
        ),
    ] {
        let message = behind(text);
        assert_eq!(message, expected);
        assert!(message.len() <= BindingMessage::LONGEST, "{message}");
    }
    let mut random = StdRng::seed_from_u64(11);
    for case in 0..CASES {
        let text = any_text(&mut random);
        let plain = BindingMessage::fit(&text);
        for code in [None, Some(&code)] {
            let message = BindingMessage::fit_behind(&notices(), &text, code);
            let shown = message.as_str();
            assert_eq!(BindingMessage::parse(shown), Ok(message.clone()), "{case} {text:?}");
            let suffix = code.map(|code| format!(" #{code}")).unwrap_or_default();
            let said = shown.strip_suffix(&suffix).unwrap();
            let notice = notices().into_iter().find(|notice| said.starts_with(notice.trim_end())).unwrap();
            let rest = said.strip_prefix(notice.trim_end()).unwrap().trim_start();
            let whole = plain.as_str();
            let fits = whole.len() + "2nd time: ".len() + suffix.len() <= BindingMessage::LONGEST;
            if fits && !whole.ends_with("..") {
                assert_eq!(rest, whole, "{case} {text:?}: {shown:?}");
            } else {
                assert!(rest.contains(".."), "{case} {text:?}: {shown:?} does not say that something is left out");
            }
        }
    }
    assert_eq!(BindingMessage::fit_behind(&[], "Buy", None), BindingMessage::fit("Buy"));
    assert_eq!(BindingMessage::fit_behind(&[], "Buy", Some(&code)), BindingMessage::fit_with_code("Buy", &code));
}

#[test]
fn aa_06_what_is_too_long_ends_after_a_word_and_says_so() {
    let fit = |text: &str| BindingMessage::fit(text).as_str().to_owned();
    for (text, expected) in [
        ("Do you want to buy 3 shares of GOOGL", "Do you want to buy 3 shares of GOOGL"),
        (
            "Transfer from savings to the account of Hanna Herwitz and sons 1250000 dollars",
            "Transfer from savings to the account of Hanna Herwitz and ..",
        ),
        // 64 characters fit, one more does not.
        (
            "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff 1234",
            "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff 1234",
        ),
        (
            "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff 12345",
            "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ..",
        ),
        (
            "Pay 1111111111111111111111111111111111111111111111111111111111111111111",
            "Pay 1111111111111111111111111111111111111111111111111111111111..",
        ),
        ("", "Approve request"),
        ("🎉🎉", "Approve request"),
        ("#", "Approve request"),
    ] {
        assert_eq!(fit(text), expected, "{text:?}");
    }
    assert_eq!(BindingMessage::fit_without_blanks("Buy 3 shares").as_str(), "Buy_3_shares");
}

#[test]
fn aa_06_a_text_is_checked() {
    use BindingMessageError::{Empty, NotAllowed, TooLong};
    assert_eq!(BindingMessage::parse(" "), Err(Empty));
    assert_eq!(BindingMessage::parse(&"a".repeat(65)), Err(TooLong { length: 65 }));
    assert_eq!(BindingMessage::parse("50€"), Err(NotAllowed { character: '€' }));
    assert!(BindingMessage::parse(&"a".repeat(64)).is_ok());
    for error in [Empty, TooLong { length: 65 }, NotAllowed { character: '€' }] {
        assert!(!error.code().is_empty() && !error.developer_fix().is_empty());
    }
}
