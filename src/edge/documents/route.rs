/// Where below `/api/documents` or `/api/folders` a request goes. Identifiers are as the path has them, unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentRoute<'a> {
    /// `/api/documents`
    Documents,
    /// `/api/documents/upload`
    Upload,
    /// `/api/documents/search`
    Search,
    /// `/api/documents/samples`
    Samples,
    /// `/api/documents/:id`
    Document(&'a str),
    /// `/api/documents/:id/content`
    Content(&'a str),
    /// `/api/documents/:id/passages/:chunk`
    Passage(&'a str, &'a str),
    /// `/api/folders`
    Folders,
    /// `/api/folders/:id`
    Folder(&'a str),
    /// `/api/documents/:id/shares`, `/api/folders/:id/shares`
    Shares(Shared, &'a str),
    /// `/api/documents/:id/shares/:share`, `/api/folders/:id/shares/:share`
    Share(Shared, &'a str, &'a str),
    /// `/api/documents/:id/viewers`, `/api/folders/:id/viewers`: who can see it and why.
    Viewers(Shared, &'a str),
}

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// A document.
    Document,
    /// A folder, and by it what is in it.
    Folder,
}

impl<'a> DocumentRoute<'a> {
    /// The route of a path below `/api/`, whose first segment is `documents` or `folders`; none where nothing is.
    pub fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/');
        let kind = match segments.next()? {
            "documents" => Shared::Document,
            "folders" => Shared::Folder,
            _ => return None,
        };
        let parts = (segments.next(), segments.next(), segments.next(), segments.next());
        Some(match (kind, parts) {
            (Shared::Document, (None, ..)) => Self::Documents,
            (Shared::Folder, (None, ..)) => Self::Folders,
            (Shared::Document, (Some("upload"), None, ..)) => Self::Upload,
            (Shared::Document, (Some("search"), None, ..)) => Self::Search,
            (Shared::Document, (Some("samples"), None, ..)) => Self::Samples,
            (Shared::Document, (Some(id), None, ..)) => Self::Document(id),
            (Shared::Document, (Some(id), Some("content"), None, _)) => Self::Content(id),
            (Shared::Document, (Some(id), Some("passages"), Some(chunk), None)) => Self::Passage(id, chunk),
            (Shared::Folder, (Some(id), None, ..)) => Self::Folder(id),
            (_, (Some(id), Some("shares"), None, _)) => Self::Shares(kind, id),
            (_, (Some(id), Some("shares"), Some(share), None)) => Self::Share(kind, id, share),
            (_, (Some(id), Some("viewers"), None, _)) => Self::Viewers(kind, id),
            _ => return None,
        })
    }

    /// The template that log lines show instead of the path.
    pub fn template(self) -> &'static str {
        match self {
            Self::Documents => "/api/documents",
            Self::Upload => "/api/documents/upload",
            Self::Search => "/api/documents/search",
            Self::Samples => "/api/documents/samples",
            Self::Document(_) => "/api/documents/:id",
            Self::Content(_) => "/api/documents/:id/content",
            Self::Passage(..) => "/api/documents/:id/passages/:chunk",
            Self::Folders => "/api/folders",
            Self::Folder(_) => "/api/folders/:id",
            Self::Shares(Shared::Document, _) => "/api/documents/:id/shares",
            Self::Shares(Shared::Folder, _) => "/api/folders/:id/shares",
            Self::Share(Shared::Document, ..) => "/api/documents/:id/shares/:share",
            Self::Share(Shared::Folder, ..) => "/api/folders/:id/shares/:share",
            Self::Viewers(Shared::Document, _) => "/api/documents/:id/viewers",
            Self::Viewers(Shared::Folder, _) => "/api/folders/:id/viewers",
        }
    }

    /// The methods it answers, `HEAD` aside.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Documents | Self::Folders | Self::Shares(..) => &["GET", "POST"],
            Self::Upload | Self::Search | Self::Samples => &["POST"],
            Self::Document(_) => &["GET", "PATCH", "DELETE"],
            Self::Folder(_) => &["PATCH", "DELETE"],
            Self::Share(..) => &["DELETE"],
            Self::Content(_) | Self::Passage(..) | Self::Viewers(..) => &["GET"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_10_every_place_has_its_route_and_nothing_else_has() {
        use DocumentRoute::*;
        let cases = [
            ("documents", Documents),
            ("documents/upload", Upload),
            ("documents/search", Search),
            ("documents/samples", Samples),
            ("documents/x1", Document("x1")),
            ("documents/x1/content", Content("x1")),
            ("documents/x1/passages/3", Passage("x1", "3")),
            ("documents/x1/shares", Shares(Shared::Document, "x1")),
            ("documents/x1/shares/s1", Share(Shared::Document, "x1", "s1")),
            ("documents/x1/viewers", Viewers(Shared::Document, "x1")),
            ("folders", Folders),
            ("folders/f1", Folder("f1")),
            ("folders/f1/shares", Shares(Shared::Folder, "f1")),
            ("folders/f1/shares/s1", Share(Shared::Folder, "f1", "s1")),
            ("folders/f1/viewers", Viewers(Shared::Folder, "f1")),
        ];
        for (path, route) in cases {
            assert_eq!(DocumentRoute::of(path), Some(route), "{path}");
            assert!(path.split('/').next().is_some_and(|first| route.template().contains(first)), "{path}");
        }
        let nowhere =
            ["documents/x1/nothing", "documents/x1/content/y", "folders/f1/content", "documents/x/shares/s/t"];
        for path in nowhere.into_iter().chain(["document", "folders/f1/passages/1", ""]) {
            assert_eq!(DocumentRoute::of(path), None, "{path}");
        }
    }

    #[test]
    fn s_17_nothing_changes_by_get() {
        for path in ["documents/upload", "documents/search", "documents/samples", "folders/f1", "folders/f1/shares/s1"]
        {
            assert!(!DocumentRoute::of(path).unwrap().methods().contains(&"GET"), "{path}");
        }
    }
}
