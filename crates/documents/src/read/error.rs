use deputy_error::{Explained, Explanation};

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum ReadError {
    /// There are no words in it.
    #[error("the file holds no text")]
    Empty,
    /// It is larger than what is read.
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// How many bytes it may have.
        most: usize,
    },
    /// A PDF. Its text is made by the page that uploads it.
    #[error("the file is a PDF")]
    Pdf,
    /// A file of a kind that is not read: a picture, an archive, an office document.
    #[error("the file is of a kind that is not read")]
    NotText,
    /// It says that it is text, and is none.
    #[error("the file holds bytes that are no text")]
    Binary,
    /// Text, in an encoding that is neither Unicode nor said to be another one.
    #[error("the file is not in UTF-8 and does not say its encoding")]
    Encoding,
}

impl Explained for ReadError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Empty => Explanation::new(
                "document_empty",
                "There is no text in this file.",
                "Send a file that has words; a scanned page is a picture and has to be made text first.",
            ),
            Self::TooLarge { most } => Explanation::new(
                "document_too_large",
                "This file is too large: a document may have 10 MB.",
                format!("Split the file, or send its text without pictures; at most {most} bytes are read."),
            ),
            Self::Pdf => Explanation::new(
                "document_pdf",
                "A PDF can only be uploaded on the page Documents, which makes text of it.",
                "Upload it on the page /documents, or make text of it before it is sent (pdftotext), with the media type text/plain.",
            ),
            Self::NotText => Explanation::new(
                "document_not_text",
                "This kind of file cannot be read. Please upload text, Markdown, HTML, or a PDF on the page Documents.",
                "Send text/plain, text/markdown or text/html; export an office document as one of these.",
            ),
            Self::Binary => Explanation::new(
                "document_binary",
                "This file is not text, whatever its name says.",
                "Send the text itself: the file holds bytes (zeros, control characters) that no text has.",
            ),
            Self::Encoding => Explanation::new(
                "document_encoding",
                "The letters of this file cannot be read. Please save it as UTF-8 and upload it again.",
                "Send UTF-8 or UTF-16, or name the encoding: Content-Type: text/plain; charset=windows-1252.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_refusal_has_a_code_a_sentence_and_a_fix() {
        let all: Vec<_> = ReadError::iter().collect();
        assert_eq!(all.iter().map(Explained::code).collect::<HashSet<_>>().len(), all.len());
        for error in &all {
            assert!(error.code().starts_with("document_"), "{error}");
            assert!(error.user_message().ends_with('.') && error.developer_fix().ends_with('.'), "{error}");
        }
    }
}
