//! Folders: made, renamed, moved, removed. Who may see a folder may see what is in it.

use serde::Deserialize;

use super::access::{Asker, May};
use super::answer::Answer;
use super::core::{Core, Ports};
use super::error::{DEEPEST, LibraryError, MOST_FOLDERS};
use super::placing::{Move, tuples_of_move, tuples_of_new};
use super::requests::{AddFolder, ChangeFolder, FolderView, ItemKind, RemoveFolder};
use super::title::clean_title;
use crate::objects::Refusal;
use crate::platform::random;

/// What is asked of `folders` for a [`FolderRow`].
pub const COLUMNS: &str = "id, title, parent";

/// A row of `folders`.
#[derive(Debug, Clone, Deserialize)]
pub struct FolderRow {
    /// Id.
    pub id: String,
    title: String,
    /// The folder it is in.
    pub parent: Option<String>,
}

impl FolderRow {
    /// As somebody sees it who may this, and who may see its parent or not.
    pub fn view(self, may: May, sees_parent: bool, everybody: bool) -> FolderView {
        let parent = self.parent.filter(|_| sees_parent);
        FolderView { id: self.id, title: self.title, parent, mine: may.change, everybody }
    }
}

impl Answer for AddFolder {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<FolderView, Refusal> {
        let asker = library.asker(&self.who).await?;
        let user = asker.as_owner()?;
        let title = clean_title(&self.title)?;
        if let Some(parent) = &self.parent {
            library.owned_folder(&asker, parent).await?;
            library.check_depth(parent, 1)?;
        }
        library.check_number_of_folders(asker.subject())?;
        let id = random::encode(&library.ports.random::<16>()?);
        let object = library.object(ItemKind::Folder, &id);
        let (tuples, now) = (tuples_of_new(user, &object, self.parent.as_deref()), library.ports.now());
        library.ports.transaction(&|| {
            library.ports.exec(
                "INSERT INTO folders (id, title, parent, owner, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                &[
                    id.as_str().into(),
                    title.as_str().into(),
                    self.parent.as_ref().into(),
                    asker.subject().into(),
                    now.into(),
                    now.into(),
                ],
            )?;
            Ok(library.rights.change(tuples.clone())?)
        })?;
        library.carry_out_or_undo(&tuples, &object, &|| library.delete_folder(&id)).await?;
        library.folder_view(&asker, &id).await
    }
}

impl Answer for ChangeFolder {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<FolderView, Refusal> {
        let asker = library.asker(&self.who).await?;
        library.owned_folder(&asker, &self.id).await?;
        let title = self.title.as_deref().map(clean_title).transpose()?;
        if let Some(Some(parent)) = &self.parent {
            library.owned_folder(&asker, parent).await?;
        }
        let row = library.folder_row(&self.id)?.ok_or(LibraryError::Unknown)?;
        let (object, from) = (library.object(ItemKind::Folder, &self.id), row.parent.as_deref());
        let parent = self.parent.filter(|parent| *parent != row.parent);
        if let Some(Some(parent)) = &parent {
            library.check_place(&self.id, parent)?;
        }
        let tuples = parent.as_ref().map(|to| tuples_of_move(&object, from, to.as_deref())).unwrap_or_default();
        library.ports.transaction(&|| {
            if let Some(title) = &title {
                let renamed = [title.into(), (&self.id).into()];
                library.ports.exec("UPDATE folders SET title = ? WHERE id = ?", &renamed)?;
            }
            if let Some(parent) = &parent {
                library.put(ItemKind::Folder, &self.id, parent.as_deref())?;
            }
            let changed = [library.ports.now().into(), (&self.id).into()];
            library.ports.exec("UPDATE folders SET changed_at = ? WHERE id = ?", &changed)?;
            Ok(library.rights.change(tuples.clone())?)
        })?;
        if let Some(to) = &parent {
            let moved = Move { kind: ItemKind::Folder, id: &self.id, from, to: to.as_deref() };
            library.carry_out_or_move_back(moved, &tuples).await?;
        }
        library.folder_view(&asker, &self.id).await
    }
}

impl Answer for RemoveFolder {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<(), Refusal> {
        let asker = library.asker(&self.who).await?;
        library.owned_folder(&asker, &self.id).await?;
        let inside =
            "SELECT 1 AS value FROM documents WHERE folder = ? UNION ALL SELECT 1 FROM folders WHERE parent = ?";
        if library.ports.exists(inside, &[(&self.id).into(), (&self.id).into()])? {
            return Err(LibraryError::FolderNotEmpty.into());
        }
        library.ports.transaction(&|| {
            library.delete_folder(&self.id)?;
            library.forget_shares(&library.object(ItemKind::Folder, &self.id))
        })?;
        library.settle_now_or_later().await;
        Ok(())
    }
}

impl<P: Ports> Core<P> {
    /// Errors: [`LibraryError::Unknown`] for a folder that is not theirs, or is none.
    pub async fn owned_folder(&self, asker: &Asker, id: &str) -> Result<(), Refusal> {
        self.owned(asker, ItemKind::Folder, id).await?;
        if self.folder_row(id)?.is_some() { Ok(()) } else { Err(LibraryError::Unknown.into()) }
    }

    /// A folder that they may see, as they see it.
    async fn folder_view(&self, asker: &Asker, id: &str) -> Result<FolderView, Refusal> {
        let may = self.visible(asker, ItemKind::Folder, id).await?;
        let parent = self.folder_row(id)?.ok_or(LibraryError::Unknown)?.parent;
        let sees_parent = self.sees_folder(asker, parent.as_deref()).await;
        // It may have been moved or removed while the service was asked.
        let row = self.folder_row(id)?.ok_or(LibraryError::Unknown)?;
        let sees_parent = sees_parent && row.parent == parent;
        let everybody = self.is_for_everybody(&self.object(ItemKind::Folder, id))?;
        Ok(row.view(may, sees_parent, everybody))
    }

    /// The folder of that id. Who may see it has been asked already.
    pub fn folder_row(&self, id: &str) -> Result<Option<FolderRow>, Refusal> {
        Ok(self.ports.row(&format!("SELECT {COLUMNS} FROM folders WHERE id = ?"), &[id.into()])?)
    }

    fn delete_folder(&self, id: &str) -> Result<(), Refusal> {
        Ok(self.ports.exec("DELETE FROM folders WHERE id = ?", &[id.into()])?)
    }

    fn check_number_of_folders(&self, subject: &str) -> Result<(), Refusal> {
        let query = "SELECT count(*) AS value FROM folders WHERE owner = ?";
        let there = self.ports.number(query, &[subject.into()])?.unwrap_or_default();
        if there >= MOST_FOLDERS { Err(LibraryError::TooManyFolders.into()) } else { Ok(()) }
    }

    /// Whether a folder can be put into another.
    ///
    /// Errors: [`LibraryError::FolderInItself`], [`LibraryError::FolderTooDeep`].
    pub fn check_place(&self, id: &str, parent: &str) -> Result<(), Refusal> {
        let below = self.folders_below(id)?;
        if below.iter().any(|(folder, _)| folder == parent) {
            return Err(LibraryError::FolderInItself.into());
        }
        let height = below.iter().map(|(_, depth)| *depth).max().unwrap_or_default();
        self.check_depth(parent, height)
    }

    /// Whether a folder can take something in that is so many folders high.
    fn check_depth(&self, parent: &str, height: usize) -> Result<(), Refusal> {
        let above = "WITH RECURSIVE above (id, depth) AS (
                SELECT ?1, 1 UNION ALL
                SELECT folders.parent, depth + 1 FROM above JOIN folders USING (id)
                    WHERE folders.parent IS NOT NULL AND depth <= ?2)
            SELECT max(depth) AS value FROM above";
        let depth = self.ports.number(above, &[parent.into(), (DEEPEST as u64).into()])?.unwrap_or_default();
        if depth.saturating_add(height as u64) > DEEPEST as u64 {
            return Err(LibraryError::FolderTooDeep.into());
        }
        Ok(())
    }

    /// A folder and all folders in it, with how deep each is, from 1.
    fn folders_below(&self, id: &str) -> Result<Vec<(String, usize)>, Refusal> {
        #[derive(Deserialize)]
        struct Below {
            id: String,
            depth: usize,
        }
        let below = "WITH RECURSIVE below (id, depth) AS (
                SELECT ?1, 1 UNION ALL
                SELECT folders.id, depth + 1 FROM below JOIN folders ON folders.parent = below.id WHERE depth <= ?2)
            SELECT id, depth FROM below";
        let rows: Vec<Below> = self.ports.rows(below, &[id.into(), (DEEPEST as u64).into()])?;
        Ok(rows.into_iter().map(|row| (row.id, row.depth)).collect())
    }
}
