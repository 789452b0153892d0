//! A random model with tuples and questions: as the command reads them, and what we answer.

use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Context, Object, TupleKey};
use deputy_fga::{
    CheckRequest, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter, check, list_objects, list_users,
};
use deputy_fga_proofs::random::{Choices, Parts, RELATIONS, TYPES, Wanted, bytes_of, context, model, objects, tuples};
use serde_json::{Value as Json, json};

/// An answer of either engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// A check's.
    Allowed(bool),
    /// A list's, sorted.
    List(Vec<String>),
    /// None.
    Error,
}

/// The three kinds of questions, by the names of the command's results.
pub const KINDS: [&str; 3] = ["check", "list_objects", "list_users"];

/// A question and our answer.
pub struct Asked {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// As a test file has it.
    pub question: Json,
    /// What we say.
    pub ours: Answer,
    /// For an entry of a list, the check that it is an answer to.
    pub entry: fn(&Json, &str) -> Json,
}

/// A model with tuples, and questions.
pub struct Case {
    pub seed: u64,
    pub model: Json,
    pub tuples: Vec<TupleKey>,
    /// Tuples that are given with each question.
    pub contextual: Vec<TupleKey>,
    pub asked: Vec<Asked>,
}

const USERS: [&str; 8] = ["user:0", "user:1", "user:2", "user:9", "user:*", "group:0#r1", "doc:1#r0", "doc:2"];

impl Case {
    /// The case of a seed, if its model is valid.
    pub fn new(seed: u64) -> Option<Self> {
        let bytes = bytes_of(seed);
        let choices = &mut Choices::new(&bytes);
        let system = model(choices, Parts { exclusions: true, conditions: !seed.is_multiple_of(3) })?;
        let mut keys = tuples(choices, &system, Wanted { tried: 400, circles: seed.is_multiple_of(4) });
        // The command gives all tuples with each question, and the engine takes a hundred.
        keys.truncate(90);
        let split = if seed.is_multiple_of(5) { keys.len().min(20) } else { 0 };
        let (contextual, stored) = keys.split_at(split);
        let store: MemoryStore = stored.iter().map(|key| system.read_tuple(key).unwrap()).collect();
        let mut asking = Asking { system: &system, store, contextual, asked: Vec::new() };
        (0..40).for_each(|_| asking.check(choices));
        (0..10).for_each(|_| asking.list_objects(choices));
        (0..10).for_each(|_| asking.list_users(choices));
        Some(Self {
            seed,
            model: json!(system.model()),
            asked: asking.asked,
            tuples: stored.to_vec(),
            contextual: contextual.to_vec(),
        })
    }

    /// The store's test file with these questions, of which each is one of a kind.
    pub fn file(&self, name: &str, questions: &[(&'static str, Json)]) -> Json {
        let of = |kind: &str| -> Vec<&Json> {
            questions.iter().filter(|(found, _)| *found == kind).map(|(_, question)| question).collect()
        };
        json!({
            "model_file": format!("./{}.json", self.seed),
            "tuples": self.tuples,
            "tests": [{
                "name": name,
                "tuples": self.contextual,
                "check": of("check"),
                "list_objects": of("list_objects"),
                "list_users": of("list_users"),
            }],
        })
    }
}

struct Asking<'a> {
    system: &'a TypeSystem,
    store: MemoryStore,
    contextual: &'a [TupleKey],
    asked: Vec<Asked>,
}

impl Asking<'_> {
    fn check(&mut self, choices: &mut Choices<'_>) {
        let (user, relation) = (*choices.pick(&USERS), *choices.pick(&RELATIONS));
        let object = choices.pick(&objects()).clone();
        let context = context(choices);
        let question = json!({ "user": user, "object": object, "context": context, "assertions": { relation: true } });
        let request = CheckRequest {
            context,
            contextual_tuples: self.contextual.to_vec(),
            ..CheckRequest::new(user, relation, object)
        };
        let ours = check(self.system, &self.store, &request, &Limits::default());
        let ours = ours.map_or(Answer::Error, Answer::Allowed);
        self.asked.push(Asked { kind: "check", question, ours, entry: |question, _| question.clone() });
    }

    fn list_objects(&mut self, choices: &mut Choices<'_>) {
        let (user, relation, type_name) = (*choices.pick(&USERS), *choices.pick(&RELATIONS), *choices.pick(&TYPES));
        let context = context(choices);
        let question = json!({ "user": user, "type": type_name, "context": context, "assertions": { relation: [] } });
        let request = ListObjectsRequest {
            type_name: type_name.into(),
            relation: relation.into(),
            user: user.to_owned(),
            contextual_tuples: self.contextual.to_vec(),
            context,
        };
        let ours = list_objects(self.system, &self.store, &request, &Limits::default());
        let ours = ours.map_or(Answer::Error, |listed| sorted(listed.items));
        let entry = |question: &Json, object: &str| check_of(question, &question["user"], &json!(object));
        self.asked.push(Asked { kind: "list_objects", question, ours, entry });
    }

    fn list_users(&mut self, choices: &mut Choices<'_>) {
        let (object, relation) = (choices.pick(&objects()).clone(), *choices.pick(&RELATIONS));
        let filters = [("user", None), ("user", None), ("group", Some("r1")), ("doc", Some("r0")), ("doc", None)];
        let (type_name, of) = *choices.pick(&filters);
        let context = context(choices);
        let filter = match of {
            Some(of) => json!({ "type": type_name, "relation": of }),
            None => json!({ "type": type_name }),
        };
        let question = json!({
            "object": object, "user_filter": [filter], "context": context, "assertions": { relation: { "users": [] } },
        });
        let request = ListUsersRequest {
            object: object.parse::<Object>().unwrap(),
            relation: relation.into(),
            filter: UserFilter { type_name: type_name.into(), relation: of.map(Into::into) },
            contextual_tuples: self.contextual.to_vec(),
            context,
        };
        let ours = list_users(self.system, &self.store, &request, &Limits::default());
        let ours = ours.map_or(Answer::Error, |listed| sorted(listed.items));
        let entry = |question: &Json, user: &str| check_of(question, &json!(user), &question["object"]);
        self.asked.push(Asked { kind: "list_users", question, ours, entry });
    }
}

fn check_of(list: &Json, user: &Json, object: &Json) -> Json {
    let relation = list["assertions"].as_object().unwrap().keys().next().unwrap();
    let context: Option<Context> = serde_json::from_value(list["context"].clone()).unwrap();
    json!({ "user": user, "object": object, "context": context, "assertions": { relation: true } })
}

/// A list, sorted.
pub fn sorted<T: ToString>(items: impl IntoIterator<Item = T>) -> Answer {
    let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.sort();
    Answer::List(items)
}
