use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use crate::read::line;

/// A path seen in the input of a macro.
pub(crate) struct Found {
    pub path: Vec<String>,
    pub line: usize,
    /// `(` follows.
    pub called: bool,
    /// `!` and no `=` follows.
    pub bang: bool,
}

/// Everything that looks like a path: names with `::` between them, not behind a dot, without a leading `::`.
pub(crate) fn paths(stream: TokenStream) -> Vec<Found> {
    let mut found = Vec::new();
    collect(stream, &mut found);
    found
}

fn collect(stream: TokenStream, found: &mut Vec<Found>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let punctuation =
        |at: usize, sign: char| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let colons = |at: usize| punctuation(at, ':') && punctuation(at + 1, ':');
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        match tree {
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Ident(first) => {
                let before = at.checked_sub(1);
                let foreign = before
                    .is_some_and(|before| punctuation(before, '.') && !punctuation(before.wrapping_sub(1), '.'))
                    || before.is_some_and(|before| punctuation(before, '\''))
                    || at >= 2 && colons(at - 2);
                let own = before.is_some_and(|before| punctuation(before, '$')) && first != "crate";
                let mut path = vec![first.to_string()];
                while colons(at + 1)
                    && let Some(TokenTree::Ident(next)) = trees.get(at + 3)
                {
                    path.push(next.to_string());
                    at += 3;
                }
                let called = matches!(trees.get(at + 1), Some(TokenTree::Group(_))) && !punctuation(at + 1, '{');
                let bang = punctuation(at + 1, '!') && !punctuation(at + 2, '=');
                if !foreign && !own {
                    found.push(Found { path, line: line(first.span()), called, bang });
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

/// What attributes name in text: `#[serde(with = "crate::seconds", default = "limit")]`.
pub(crate) fn paths_in_text(stream: TokenStream) -> Vec<(Vec<String>, usize)> {
    const NAMING: [&str; 9] = [
        "default",
        "deserialize_with",
        "from",
        "into",
        "schema_with",
        "serialize_with",
        "skip_serializing_if",
        "try_from",
        "with",
    ];
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for window in trees.windows(3) {
        if let [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(text)] = window
            && equals.as_char() == '='
            && NAMING.iter().any(|naming| name == naming)
            && let syn::Lit::Str(text) = syn::Lit::new(text.clone())
            && let Ok(named) = text.parse::<syn::Type>()
        {
            let mut inside = InType(Vec::new());
            inside.visit_type(&named);
            found.extend(inside.0.into_iter().map(|path| (path, line(name.span()))));
        }
    }
    found
}

struct InType(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for InType {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }
}
