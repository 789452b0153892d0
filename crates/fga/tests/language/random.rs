//! Random texts and models: the reader never panics, and what is printed is what was read.

use deputy_fga::dsl::{Sources, parse, print};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model;

/// Pieces of the language, so that random texts get far into the parser.
const PIECES: &[&str] = &[
    "model",
    "module",
    "schema",
    "1.1",
    "1.2",
    "type",
    "extend",
    "relations",
    "define",
    "condition",
    "and",
    "or",
    "but not",
    "but",
    "not",
    "from",
    "with",
    "user",
    "doc#a",
    "user:*",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    ":",
    ",",
    "#",
    "*",
    "\n",
    "\n  ",
    " ",
    "\t",
    "\r\n",
    "\r",
    "list<string>",
    "map<int>",
    "int",
    "\"",
    "'",
    "'''",
    "\\",
    "//",
    "r\"",
    "a",
    "b.c/d",
    "é",
    "\u{feff}",
    "\u{0}",
];

fn pieces() -> impl Strategy<Value = String> {
    vec(prop_oneof![9 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()], 0..60)
        .prop_map(|pieces| pieces.concat())
}

/// A definition in brackets, as deep as it likes. `first`: it may begin with `[…]`.
fn definition() -> impl Strategy<Value = String> {
    let name = prop_oneof!["[a-z]{1,3}", "[a-z]{1,3}( from )[a-z]{1,3}"].prop_filter("no keyword", |text| {
        !text.split(' ').any(|word| matches!(word, "or" | "and" | "in")) || text.is_empty()
    });
    let rest = name.prop_recursive(4, 12, 4, |inner| {
        (proptest::sample::select(&[" or ", " and ", " but not "][..]), vec(inner, 2..4)).prop_map(
            |(operator, parts)| {
                let parts = if operator == " but not " { parts.into_iter().take(2).collect() } else { parts };
                format!("({})", parts.join(operator))
            },
        )
    });
    (any::<bool>(), rest).prop_map(|(direct, rest)| {
        let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(&rest).to_owned();
        if direct { format!("[user, doc#a] or ({rest})") } else { rest }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_the_reader_panic(text in prop_oneof![any::<String>(), pieces()]) {
        for header in ["", "model\n schema 1.1\n", "module m\n", "model\n schema 1.1\ntype t\n relations\n  define r: "] {
            let text = format!("{header}{text}");
            let lines = text.split(['\n', '\r']).count();
            match parse(&text) {
                Ok(document) => drop(print(&document.to_model(), Sources::Shown)),
                Err(errors) => {
                    prop_assert!(errors.iter().next().is_some());
                    for error in errors.iter() {
                        prop_assert!((1..=lines).contains(&error.at.line), "{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_definition_is_printed_as_the_same(definition in definition()) {
        let text = format!("model\n  schema 1.1\n\ntype user\n\ntype doc\n  relations\n    define a: {definition}\n");
        let read = model(&text).unwrap();
        let printed = print(&read, Sources::Hidden).unwrap();
        prop_assert_eq!(model(&printed).unwrap(), read);
    }
}
