use std::convert::Infallible;

use deputy_error::{Explained, Explanation};
use futures::{future, stream};
use multer::{Field, Multipart, parse_boundary};
use strum::EnumIter;

/// The files of an upload, and where they are to go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UploadForm {
    /// Every part that has a file name, in order; at least one.
    pub files: Vec<UploadedFile>,
    /// Id of a folder: the field `folder`.
    pub folder: Option<String>,
}

/// One file of an upload.
#[derive(Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// As the client named it.
    pub name: String,
    /// As the client said it, or empty; many clients say `application/octet-stream` of everything.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Why a request is no upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum UploadError {
    /// Another content type, or `multipart/form-data` without a boundary.
    #[error("not multipart/form-data")]
    NotMultipart,
    /// It ends before its last boundary, or is no form at all.
    #[error("the form is not whole")]
    BrokenOff,
    /// A form without a file.
    #[error("no file in the form")]
    WithoutFile,
    /// More than [`MAX_FILES`].
    #[error("too many files")]
    TooManyFiles,
    /// All files together are larger than the limit.
    #[error("too large")]
    TooLarge,
}

/// How many files one request may bring.
pub const MAX_FILES: usize = 20;

impl UploadForm {
    /// Reads a form (RFC 7578) that has come as a whole.
    pub async fn read(content_type: Option<&str>, body: Vec<u8>) -> Result<Self, UploadError> {
        let boundary = content_type.and_then(|kind| parse_boundary(kind).ok()).ok_or(UploadError::NotMultipart)?;
        let body = stream::once(future::ready(Ok::<_, Infallible>(body)));
        let mut parts = Multipart::new(body, boundary);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|_| UploadError::BrokenOff)? {
            form.take(part).await?;
        }
        if form.files.is_empty() { Err(UploadError::WithoutFile) } else { Ok(form) }
    }

    async fn take(&mut self, part: Field<'_>) -> Result<(), UploadError> {
        let file = part.file_name().map(str::to_owned);
        let media_type = part.content_type().map(ToString::to_string).unwrap_or_default();
        let is_folder = part.name() == Some("folder");
        let bytes = part.bytes().await.map_err(|_| UploadError::BrokenOff)?;
        match file {
            // A browser's form sends a nameless, empty file where none was chosen.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(_) if self.files.len() >= MAX_FILES => return Err(UploadError::TooManyFiles),
            Some(name) => self.files.push(UploadedFile { name, media_type, bytes: bytes.into() }),
            None if is_folder && !bytes.is_empty() => self.folder = Some(String::from_utf8_lossy(&bytes).into_owned()),
            None => {}
        }
        Ok(())
    }
}

impl UploadError {
    /// HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NotMultipart => 415,
            Self::TooLarge => 413,
            Self::BrokenOff | Self::WithoutFile | Self::TooManyFiles => 400,
        }
    }
}

impl Explained for UploadError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NotMultipart => Explanation::new(
                "upload_not_multipart",
                "Files are uploaded as a form.",
                "Send `multipart/form-data` with a boundary, each file as a part with a file name; or JSON to `POST /api/documents`.",
            ),
            Self::BrokenOff => Explanation::new(
                "upload_broken_off",
                "The upload broke off. Nothing was kept; please try again.",
                "Send the form whole, up to its closing boundary.",
            ),
            Self::WithoutFile => Explanation::new(
                "upload_without_file",
                "There is no file in this upload.",
                "Give each file a part with a file name.",
            ),
            Self::TooManyFiles => Explanation::new(
                "upload_too_many_files",
                "These are too many files at once.",
                "At most 20 files in one request.",
            ),
            Self::TooLarge => Explanation::new(
                "upload_too_large",
                "This is too large: 10 MB at once is the most.",
                "At most 10 MB in one request, all files together.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    const KIND: &str = "multipart/form-data; boundary=XX";

    fn read(body: &str) -> Result<UploadForm, UploadError> {
        block_on(UploadForm::read(Some(KIND), body.as_bytes().to_vec()))
    }

    fn file(name: &str, text: &str) -> String {
        format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        )
    }

    fn field(name: &str, text: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    }

    #[test]
    fn rg_10_several_files_and_a_folder() {
        let body =
            format!("{}{}{}--XX--\r\n", file("a.txt", "One"), field("folder", "f1"), file("Käse.md", "Two\r\n--X"));
        let form = read(&body).unwrap();
        assert_eq!(form.folder.as_deref(), Some("f1"));
        let named: Vec<_> = form.files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(named, [("a.txt", b"One".as_slice()), ("Käse.md", b"Two\r\n--X")]);
        assert_eq!(form.files[0].media_type, "text/plain");
    }

    #[test]
    fn an_upload_that_is_cut_off_anywhere_is_no_upload() {
        let whole = format!("{}{}--XX--\r\n", file("a.txt", "One"), file("b.txt", "Two"));
        assert!(read(&whole).is_ok());
        for end in 0..whole.len() - "--\r\n".len() {
            let error = read(whole.get(..end).unwrap_or_default()).unwrap_err();
            assert!(matches!(error, UploadError::BrokenOff), "{end}: {error:?}");
        }
    }

    #[test]
    fn another_content_type_is_refused_before_anything_is_read() {
        for kind in [None, Some("text/plain"), Some("application/json"), Some("multipart/form-data"), Some("")] {
            let error = block_on(UploadForm::read(kind, b"--XX--".to_vec())).unwrap_err();
            assert_eq!((error, error.status()), (UploadError::NotMultipart, 415), "{kind:?}");
        }
    }

    #[test]
    fn a_form_without_a_file_and_one_with_too_many() {
        let empty = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n";
        for body in [field("folder", "f1"), empty.to_owned()] {
            assert_eq!(read(&format!("{body}--XX--\r\n")).unwrap_err(), UploadError::WithoutFile, "{body}");
        }
        let full: String = (0..MAX_FILES).map(|n| file(&format!("{n}.txt"), "x")).collect();
        assert_eq!(read(&format!("{full}--XX--\r\n")).unwrap().files.len(), MAX_FILES);
        let error = read(&format!("{full}{}--XX--\r\n", file("more.txt", "x"))).unwrap_err();
        assert_eq!(error, UploadError::TooManyFiles);
    }

    #[test]
    fn bytes_that_are_no_form_are_refused_and_do_not_panic() {
        let mut seed = 1_u32;
        for length in 0..400 {
            let noise: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            let mut begun = file("a.txt", "x").into_bytes();
            begun.extend(&noise);
            assert!(block_on(UploadForm::read(Some(KIND), noise)).is_err());
            assert!(block_on(UploadForm::read(Some(KIND), begun)).is_err());
        }
    }
}
