use crate::library::requests::ItemKind;

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
    Shares(ItemKind, &'a str),
    /// `/api/documents/:id/shares/:share`, `/api/folders/:id/shares/:share`
    Share(ItemKind, &'a str, &'a str),
    /// `/api/documents/:id/viewers`, `/api/folders/:id/viewers`: who can see it and why.
    Viewers(ItemKind, &'a str),
}

impl<'a> DocumentRoute<'a> {
    /// The route of a path below `/api/`, whose first segment is `documents` or `folders`; none where nothing is.
    pub fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/');
        let kind = match segments.next()? {
            "documents" => ItemKind::Document,
            "folders" => ItemKind::Folder,
            _ => return None,
        };
        let parts = (segments.next(), segments.next(), segments.next(), segments.next());
        Some(match (kind, parts) {
            (ItemKind::Document, (None, ..)) => Self::Documents,
            (ItemKind::Folder, (None, ..)) => Self::Folders,
            (ItemKind::Document, (Some("upload"), None, ..)) => Self::Upload,
            (ItemKind::Document, (Some("search"), None, ..)) => Self::Search,
            (ItemKind::Document, (Some("samples"), None, ..)) => Self::Samples,
            (ItemKind::Document, (Some(id), None, ..)) => Self::Document(id),
            (ItemKind::Document, (Some(id), Some("content"), None, _)) => Self::Content(id),
            (ItemKind::Document, (Some(id), Some("passages"), Some(chunk), None)) => Self::Passage(id, chunk),
            (ItemKind::Folder, (Some(id), None, ..)) => Self::Folder(id),
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
            Self::Shares(ItemKind::Document, _) => "/api/documents/:id/shares",
            Self::Shares(ItemKind::Folder, _) => "/api/folders/:id/shares",
            Self::Share(ItemKind::Document, ..) => "/api/documents/:id/shares/:share",
            Self::Share(ItemKind::Folder, ..) => "/api/folders/:id/shares/:share",
            Self::Viewers(ItemKind::Document, _) => "/api/documents/:id/viewers",
            Self::Viewers(ItemKind::Folder, _) => "/api/folders/:id/viewers",
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
            ("documents/x1/shares", Shares(ItemKind::Document, "x1")),
            ("documents/x1/shares/s1", Share(ItemKind::Document, "x1", "s1")),
            ("documents/x1/viewers", Viewers(ItemKind::Document, "x1")),
            ("folders", Folders),
            ("folders/f1", Folder("f1")),
            ("folders/f1/shares", Shares(ItemKind::Folder, "f1")),
            ("folders/f1/shares/s1", Share(ItemKind::Folder, "f1", "s1")),
            ("folders/f1/viewers", Viewers(ItemKind::Folder, "f1")),
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
