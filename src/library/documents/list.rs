use std::collections::HashSet;

use deputy_fga::Checker as _;
use deputy_fga::tuple::Object;
use serde::de::DeserializeOwned;

use super::rows::{COLUMNS, DocumentRow};
use crate::library::access::{Asker, May};
use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::error::LibraryError;
use crate::library::folders::{self, FolderRow};
use crate::library::requests::{FolderView, ItemKind, ListDocuments, ListFolders, Listing};
use crate::objects::Refusal;
use crate::platform::ports::Bind;

/// The most rows of a list.
const MOST_LISTED: usize = 1_000;
/// How many rows are asked for, one by one, where what somebody sees is not listed at once; and how many of those that are listed then.
const MOST_ASKED: usize = 500;
/// How many of them are asked for at once: two questions each make one batch check.
const PAGE: usize = 25;

impl Answer for ListDocuments {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Listing, Refusal> {
        let asker = library.asker(&self.who).await?;
        if let Some(folder) = &self.folder {
            library.visible(&asker, ItemKind::Folder, folder).await?;
        }
        let within = self.folder.as_deref();
        let folders: Shown<FolderRow> = library.shown(&asker, ItemKind::Folder, within).await?;
        let documents: Shown<DocumentRow> = library.shown(&asker, ItemKind::Document, within).await?;
        if within.is_some_and(|folder| library.folder_row(folder).is_ok_and(|row| row.is_none())) {
            return Err(LibraryError::Unknown.into());
        }
        let seen: HashSet<_> =
            folders.rows.iter().map(|(row, _)| row.id.clone()).chain(within.map(str::to_owned)).collect();
        let sees = |folder: Option<&String>| folder.is_some_and(|folder| seen.contains(folder));
        let mut listing = Listing {
            documents: Vec::new(),
            folders: Vec::new(),
            cut: folders.cut || documents.cut,
            unchecked: folders.unchecked || documents.unchecked,
        };
        for (row, may) in documents.rows {
            let everybody = library.is_for_everybody(&library.object(ItemKind::Document, &row.id))?;
            let sees_folder = sees(row.folder.as_ref());
            listing.documents.push(row.view(may, sees_folder, everybody));
        }
        listing.folders = library.folder_views(folders.rows, &seen)?;
        Ok(listing)
    }
}

impl Answer for ListFolders {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Vec<FolderView>, Refusal> {
        let asker = library.asker(&self.who).await?;
        let folders: Shown<FolderRow> = library.shown(&asker, ItemKind::Folder, None).await?;
        let seen = folders.rows.iter().map(|(row, _)| row.id.clone()).collect();
        library.folder_views(folders.rows, &seen)
    }
}

/// Rows that somebody may see, the newest first.
struct Shown<T> {
    rows: Vec<(T, May)>,
    cut: bool,
    unchecked: bool,
}

/// A row that can be listed.
trait Listed: DeserializeOwned {
    /// Where it is read from: columns and table, and the column of the folder.
    const FROM: (&'static str, &'static str, &'static str);

    fn id(&self) -> &str;
}

impl Listed for DocumentRow {
    const FROM: (&'static str, &'static str, &'static str) = (COLUMNS, "documents", "folder");

    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for FolderRow {
    const FROM: (&'static str, &'static str, &'static str) = (folders::COLUMNS, "folders", "parent");

    fn id(&self) -> &str {
        &self.id
    }
}

fn ids_of(seen: &deputy_fga::Listed<Object>) -> Vec<String> {
    seen.items.iter().map(|object| object.id.to_string()).collect()
}

impl<P: Ports> Core<P> {
    /// What somebody may see, all or within a folder: by one list of what they see where that is to be had, else row by row.
    async fn shown<T: Listed>(&self, asker: &Asker, kind: ItemKind, within: Option<&str>) -> Result<Shown<T>, Refusal> {
        let (object_type, relation) = (self.object_type(kind), &self.settings.fga.relation);
        let at_once = self.rights.list_objects(object_type, relation, asker.user());
        if let Some(Ok(seen)) = &at_once
            && seen.cut_off.is_none()
        {
            let rows = self.listed(within, Some(&ids_of(seen)), MOST_LISTED)?;
            return Ok(self.shown_of(asker, kind, rows).await);
        }
        let mut newest: Vec<T> = self.listed(within, None, MOST_ASKED)?;
        let more = newest.len() > MOST_ASKED;
        newest.truncate(MOST_ASKED);
        let mut shown = Shown { rows: Vec::new(), cut: false, unchecked: false };
        if newest.is_empty() && kind == ItemKind::Document {
            shown.unchecked = !self.can_ask(asker).await;
        }
        let asked: HashSet<String> = newest.iter().map(|row| row.id().to_owned()).collect();
        let answered = self.show(&mut shown, asker, kind, newest).await;
        if !more || !answered {
            return Ok(shown);
        }
        // How much there is that they do not see is not told.
        let seen = match at_once {
            Some(seen) => seen,
            None => self.rights.ask_for_objects(object_type, relation, asker.user()).await,
        };
        match seen {
            // It is some of what they see, in no order: what is new in it, and what is missing, nobody can tell.
            Ok(seen) if seen.cut_off.is_some() => shown.cut = true,
            Ok(seen) => {
                let others: Vec<_> = ids_of(&seen).into_iter().filter(|id| !asked.contains(id)).collect();
                let left = MOST_ASKED.saturating_sub(shown.rows.len());
                let mut older: Vec<T> = self.listed(within, Some(&others), left)?;
                shown.cut = older.len() > left;
                older.truncate(left);
                self.show(&mut shown, asker, kind, older).await;
            }
            Err(_) => shown.unchecked = true,
        }
        Ok(shown)
    }

    /// Rows that they may see, as it was just said: of those that are shown it is asked whether they may change them.
    async fn shown_of<T: Listed>(&self, asker: &Asker, kind: ItemKind, mut rows: Vec<T>) -> Shown<T> {
        let cut = rows.len() > MOST_LISTED;
        rows.truncate(MOST_LISTED);
        let question = |row: &T| self.owner_question(asker, &self.object(kind, row.id()));
        let decisions = self.rights.check(&rows.iter().map(question).collect::<Vec<_>>()).await;
        let unchecked = decisions.iter().any(|decision| decision.error().is_some());
        let may = decisions.iter().map(|decision| May { see: true, change: decision.is_allowed() });
        Shown { rows: rows.into_iter().zip(may).collect(), cut, unchecked }
    }

    /// Shows what they may see of these rows, asked page by page. False if a page got no answer: who cannot answer is not asked again and
    /// again.
    async fn show<T: Listed>(&self, shown: &mut Shown<T>, asker: &Asker, kind: ItemKind, rows: Vec<T>) -> bool {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let page: Vec<T> = rows.by_ref().take(PAGE).collect();
            let objects: Vec<_> = page.iter().map(|row| self.object(kind, row.id())).collect();
            let rights = self.rights_to(asker, &objects).await;
            let nobody_knows = rights.iter().all(Result::is_err);
            shown.unchecked |= rights.iter().any(Result::is_err);
            let may = rights.into_iter().map(|may| may.ok().filter(|may| may.see));
            shown.rows.extend(page.into_iter().zip(may).filter_map(|(row, may)| Some((row, may?))));
            if nobody_knows {
                return false;
            }
        }
        true
    }

    /// Folders as they are seen by somebody who sees these.
    fn folder_views(&self, rows: Vec<(FolderRow, May)>, seen: &HashSet<String>) -> Result<Vec<FolderView>, Refusal> {
        let view = |(row, may): (FolderRow, May)| {
            let everybody = self.is_for_everybody(&self.object(ItemKind::Folder, &row.id))?;
            let sees_parent = row.parent.as_ref().is_some_and(|parent| seen.contains(parent));
            Ok(row.view(may, sees_parent, everybody))
        };
        rows.into_iter().map(view).collect()
    }

    /// Rows, the newest first, one more than `most` if there are more.
    fn listed<T: Listed>(&self, within: Option<&str>, ids: Option<&[String]>, most: usize) -> Result<Vec<T>, Refusal> {
        let (columns, table, place) = T::FROM;
        let ids = ids.map(|ids| deputy_http::json::write(&ids));
        let mut query = format!("SELECT {columns} FROM {table} WHERE true");
        let mut binds: Vec<Bind<'_>> = Vec::new();
        if let Some(within) = within {
            query.push_str(&format!(" AND {place} = ?"));
            binds.push(within.into());
        }
        if let Some(ids) = &ids {
            query.push_str(" AND id IN (SELECT value FROM json_each(?))");
            binds.push(ids.into());
        }
        query.push_str(" ORDER BY created_at DESC, id LIMIT ?");
        binds.push((most as u64).saturating_add(1).into());
        Ok(self.ports.rows(&query, &binds)?)
    }
}
