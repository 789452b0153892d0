//! Two documents to begin with, one for everybody and one that somebody has to share first: the story of authorization for retrieval in
//! three questions. ZEKO is invented.

/// A document to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its id, which is its file's name without ending.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its Markdown.
    pub text: &'static str,
}

/// What everybody may read.
pub const PUBLIC: Sample =
    Sample { id: "public-doc", title: "ZEKO: about the company", text: include_str!("../samples/public-doc.md") };

/// What only its owner may read, until it is shared: the forecast.
pub const PRIVATE: Sample =
    Sample { id: "private-doc", title: "ZEKO: forecast for 2026", text: include_str!("../samples/private-doc.md") };
