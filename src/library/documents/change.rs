use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::error::LibraryError;
use crate::library::placing::{Move, tuples_of_move};
use crate::library::requests::{ChangeDocument, DocumentView, ItemKind, RemoveDocument};
use crate::library::title::clean_title;
use crate::objects::Refusal;

impl Answer for ChangeDocument {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<DocumentView, Refusal> {
        let asker = library.asker(&self.who).await?;
        library.owned(&asker, ItemKind::Document, &self.id).await?;
        let title = self.title.as_deref().map(clean_title).transpose()?;
        if let Some(Some(folder)) = &self.folder {
            library.owned_folder(&asker, folder).await?;
        }
        let row = library.document_row(&self.id)?.ok_or(LibraryError::Unknown)?;
        let (object, from) = (library.object(ItemKind::Document, &self.id), row.folder.as_deref());
        let folder = self.folder.filter(|folder| *folder != row.folder);
        let tuples = folder.as_ref().map(|to| tuples_of_move(&object, from, to.as_deref())).unwrap_or_default();
        library.ports.transaction(&|| {
            if let Some(title) = title.as_ref().filter(|title| **title != row.title) {
                library.rename_document(&row, title)?;
            }
            if let Some(folder) = &folder {
                library.put(ItemKind::Document, &self.id, folder.as_deref())?;
            }
            let changed = [library.ports.now().into(), row.number.into()];
            library.ports.exec("UPDATE documents SET changed_at = ? WHERE number = ?", &changed)?;
            Ok(library.rights.change(tuples.clone())?)
        })?;
        if let Some(to) = &folder {
            let moved = Move { kind: ItemKind::Document, id: &self.id, from, to: to.as_deref() };
            library.carry_out_or_move_back(moved, &tuples).await?;
        }
        library.document_view(&asker, &self.id).await
    }
}

impl Answer for RemoveDocument {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<(), Refusal> {
        let asker = library.asker(&self.who).await?;
        library.owned(&asker, ItemKind::Document, &self.id).await?;
        library.ports.transaction(&|| {
            let row = library.document_row(&self.id)?.ok_or(LibraryError::Unknown)?;
            library.delete_document(&row)?;
            library.forget_shares(&library.object(ItemKind::Document, &self.id))
        })?;
        library.settle_now_or_later().await;
        Ok(())
    }
}
