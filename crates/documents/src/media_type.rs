use strum::{Display, EnumString, IntoStaticStr};

/// What a text is, by its media type. It is kept, so its names do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr)]
pub enum MediaType {
    /// Lines of text.
    #[strum(serialize = "text/plain")]
    Plain,
    /// Markdown (RFC 7763), written so or made of HTML.
    #[strum(serialize = "text/markdown")]
    Markdown,
}
