//! Random rights and folders: no reply holds a word of what is denied, and every reply holds what is allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const PEOPLE: [&str; 4] = ["ana", "ben", "cleo", "dora"];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.roll(of.len())) }
    }
}

/// A document or a folder, as whoever made it knows it.
#[derive(Clone)]
struct Item {
    id: String,
    /// A word that stands in its title, its text and nowhere else.
    word: String,
    owner: &'static str,
    place: Option<String>,
    shared: BTreeSet<String>,
}

/// What there is, and by plain rules who may see it: no word of FGA.
#[derive(Default)]
struct World {
    documents: BTreeMap<String, Item>,
    folders: BTreeMap<String, Item>,
    words: usize,
}

impl World {
    fn sees(&self, who: &str, item: &Item) -> bool {
        let above = item.place.as_ref().and_then(|place| self.folders.get(place));
        item.owner == who
            || item.shared.contains("*")
            || item.shared.contains(who)
            || above.is_some_and(|folder| self.sees(who, folder))
    }

    fn is_below(&self, folder: &str, above: &str) -> bool {
        folder == above
            || self.folders.get(folder).and_then(|item| item.place.as_ref()).is_some_and(|up| self.is_below(up, above))
    }

    fn depth(&self, folder: &str) -> usize {
        self.folders.get(folder).and_then(|item| item.place.as_ref()).map_or(1, |up| 1 + self.depth(up))
    }

    fn folders_of(&self, who: &str) -> Vec<String> {
        self.folders.values().filter(|item| item.owner == who).map(|item| item.id.clone()).collect()
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("zq{}x", self.words)
    }
}

fn document(library: &Core<Host>, world: &mut World, dice: &mut Dice) {
    let owner = dice.one(&PEOPLE).copied().unwrap();
    let place = if dice.roll(3) > 0 { dice.one(&world.folders_of(owner)).cloned() } else { None };
    let word = world.word();
    let text = format!("# About {word}\n\nThe common harvest of {word}. {}", "More of it. ".repeat(dice.roll(150)));
    let id = add(library, owner, &format!("Harvest {word}"), &text, place.as_deref());
    world.documents.insert(id.clone(), Item { id, word, owner, place, shared: BTreeSet::new() });
}

fn folder(library: &Core<Host>, world: &mut World, dice: &mut Dice) {
    let owner = dice.one(&PEOPLE).copied().unwrap();
    let place = dice.one(&world.folders_of(owner)).filter(|place| world.depth(place) < 5).cloned();
    let word = world.word();
    let id = add_folder(library, owner, &format!("Folder {word}"), place.as_deref());
    world.folders.insert(id.clone(), Item { id, word, owner, place, shared: BTreeSet::new() });
}

fn share_or_unshare(library: &Core<Host>, world: &mut World, dice: &mut Dice) {
    let all: Vec<Item> = world.documents.values().chain(world.folders.values()).cloned().collect();
    let Some(item) = dice.one(&all) else { return };
    let shares =
        ask(library, ListShares { who: person(item.owner), kind: kind_of(library, &item.id), id: item.id.clone() })
            .unwrap();
    let name = |with: &ShareWith| match with {
        ShareWith::Everybody => "*".to_owned(),
        ShareWith::Email(email) => email.split('@').next().unwrap().to_owned(),
    };
    let kept = world.documents.get_mut(&item.id).or(world.folders.get_mut(&item.id)).unwrap();
    if let Some(share) = dice.one(&shares).filter(|_| kept.shared.len() > 1) {
        let request = RemoveShare {
            who: person(item.owner),
            kind: kind_of(library, &item.id),
            id: item.id.clone(),
            share: share.id.clone(),
        };
        ask(library, request).unwrap();
        kept.shared.remove(&name(&share.with));
        return;
    }
    let friend = dice.one(&PEOPLE).copied().unwrap();
    let share = if dice.roll(5) == 0 { ShareWith::Everybody } else { with(friend) };
    let request = ShareDocument {
        who: person(item.owner),
        kind: kind_of(library, &item.id),
        id: item.id.clone(),
        with: share.clone(),
    };
    if ask(library, request).is_ok() {
        kept.shared.insert(name(&share));
    }
}

fn move_or_remove(library: &Core<Host>, world: &mut World, dice: &mut Dice) {
    let documents: Vec<Item> = world.documents.values().cloned().collect();
    let Some(item) = dice.one(&documents) else { return };
    if dice.roll(4) == 0 {
        ask(library, RemoveDocument { who: person(item.owner), id: item.id.clone() }).unwrap();
        world.documents.remove(&item.id);
        return;
    }
    let place = if dice.roll(3) > 0 { dice.one(&world.folders_of(item.owner)).cloned() } else { None };
    let request =
        ChangeDocument { who: person(item.owner), id: item.id.clone(), title: None, folder: Some(place.clone()) };
    ask(library, request).unwrap();
    world.documents.get_mut(&item.id).unwrap().place = place;
}

fn move_folder(library: &Core<Host>, world: &mut World, dice: &mut Dice) {
    let folders: Vec<Item> = world.folders.values().cloned().collect();
    let Some(item) = dice.one(&folders) else { return };
    let place = dice.one(&world.folders_of(item.owner)).cloned();
    if place.as_ref().is_some_and(|place| world.is_below(place, &item.id)) {
        return;
    }
    let request =
        ChangeFolder { who: person(item.owner), id: item.id.clone(), title: None, parent: Some(place.clone()) };
    if ask(library, request).is_ok() {
        world.folders.get_mut(&item.id).unwrap().place = place;
    }
}

/// Everything that a library tells somebody, as it crosses: replies and refusals.
fn told(library: &Core<Host>, world: &World, who: &str) -> String {
    let mut all = String::new();
    let mut tell = |name: &str, request: Value| {
        let answer = block_on(dispatch(library, name, &request.to_string()));
        all.push_str(&answer.unwrap_or_else(|refusal| serde_json::to_string(&refusal).unwrap()));
    };
    let me = serde_json::to_value(person(who)).unwrap();
    tell("list_documents", json!({ "who": me }));
    tell("search_documents", json!({ "who": me, "query": "common harvest", "wanted": 50 }));
    for item in world.documents.values() {
        tell("search_documents", json!({ "who": me, "query": item.word, "wanted": 50 }));
        for name in ["read_document", "read_content", "who_can_see", "list_shares"] {
            tell(name, json!({ "who": me, "id": item.id }));
        }
        tell("read_passage", json!({ "who": me, "id": item.id, "chunk": 0 }));
    }
    for item in world.folders.values() {
        tell("list_documents", json!({ "who": me, "folder": item.id }));
        tell("list_shares", json!({ "who": me, "id": item.id }));
        tell("who_can_see", json!({ "who": me, "id": item.id }));
    }
    all
}

fn check(library: &Core<Host>, world: &World, who: &'static str) {
    let all = told(library, world, who);
    for item in world.documents.values().chain(world.folders.values()) {
        let told = [&item.word, &item.id].map(|secret| all.contains(secret.as_str()));
        assert_eq!(told, [world.sees(who, item); 2], "{who} and {} of {}", item.word, item.owner);
    }
    let listing = list(library, who);
    let allowed = |items: &BTreeMap<String, Item>| items.values().filter(|item| world.sees(who, item)).count();
    assert_eq!(listing.documents.len(), allowed(&world.documents));
    assert_eq!(listing.folders.len(), allowed(&world.folders));
    assert!(!listing.cut && !listing.unchecked);
    for seen in &listing.documents {
        let item = &world.documents[&seen.id];
        assert_eq!((seen.mine, seen.everybody), (item.owner == who, item.shared.contains("*")));
        let place = item.place.as_ref().filter(|place| world.sees(who, &world.folders[*place]));
        assert_eq!(seen.folder.as_ref(), place);
    }
    for item in world.documents.values() {
        let found = find(library, who, &item.word);
        assert_eq!(found.passages.iter().any(|passage| passage.document_id == item.id), world.sees(who, item));
        assert_eq!((found.cut, found.unchecked), (None, false));
    }
}

/// RG-01: titles, words, ids and counts of what is denied are in no reply, after every change.
#[test]
fn rg_01_no_reply_holds_anything_of_a_denied_document() {
    for seed in 1..=3_u64 {
        let host = Host::new();
        let library = library(&host);
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut world = World::default();
        for round in 0..60 {
            match dice.roll(8) {
                0 | 1 => document(&library, &mut world, &mut dice),
                2 => folder(&library, &mut world, &mut dice),
                3 | 4 => share_or_unshare(&library, &mut world, &mut dice),
                5 | 6 => move_or_remove(&library, &mut world, &mut dice),
                _ => move_folder(&library, &mut world, &mut dice),
            }
            if round % 12 == 11 {
                PEOPLE.iter().for_each(|who| check(&library, &world, who));
            }
        }
    }
}
