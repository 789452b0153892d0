//! Random models, tuples and contexts, made from bytes: from a seed's, or from those that a fuzzer turns.

#![allow(clippy::indexing_slicing, reason = "an object of JSON takes any key, and a choice is below the length")]

use arbitrary::Unstructured;
use deputy_fga::TypeSystem;
use deputy_fga::model::AuthorizationModel;
use deputy_fga::tuple::{Context, TupleKey};
use serde_json::{Value as Json, json};

/// The relations that a random type has, beside `parent`.
pub const RELATIONS: [&str; 5] = ["r0", "r1", "r2", "r3", "r4"];
/// The random types, beside `user`.
pub const TYPES: [&str; 2] = ["group", "doc"];

/// As many bytes as the largest of our random cases takes.
const SEEDED_BYTES: usize = 32 * 1024;

/// The same bytes for the same seed.
pub fn bytes_of(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(SEEDED_BYTES).collect()
}

/// Choices that bytes make. Without bytes left it is always the first choice.
pub struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    /// The choices of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// A number below the limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.int_in_range(0..=limit.saturating_sub(1)).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    /// One of what is there, which is not nothing.
    pub fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        &from[self.below(from.len())]
    }
}

/// What a random model may have in it.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// `but not`.
    pub exclusions: bool,
    /// Conditions.
    pub conditions: bool,
}

/// A rewrite of a relation; computed from those before it only.
fn rewrite(choices: &mut Choices<'_>, own: usize, depth: usize, parts: Parts) -> Json {
    let this = json!({ "this": {} });
    match choices.below(if depth == 0 { 4 } else { 8 }) {
        0 | 1 => this,
        2 if own > 0 => json!({ "computedUserset": { "relation": RELATIONS.get(choices.below(own)) } }),
        3 => json!({ "tupleToUserset": {
            "tupleset": { "relation": "parent" },
            "computedUserset": { "relation": choices.pick(&RELATIONS) },
        } }),
        4 => json!({ "union": { "child": [this, rewrite(choices, own, depth - 1, parts)] } }),
        5 => json!({ "intersection": { "child": [rewrite(choices, own, depth - 1, parts), this] } }),
        6 if parts.exclusions => {
            json!({ "difference": { "base": this, "subtract": rewrite(choices, own, depth - 1, parts) } })
        }
        7 if parts.exclusions => {
            let base = rewrite(choices, own, depth - 1, parts);
            json!({ "difference": { "base": base, "subtract": rewrite(choices, own, depth - 1, parts) } })
        }
        _ => this,
    }
}

/// A model, if it came out valid.
pub fn model(choices: &mut Choices<'_>, parts: Parts) -> Option<TypeSystem> {
    TypeSystem::new(serde_json::from_value::<AuthorizationModel>(written(choices, parts)).ok()?).ok()
}

/// A model as JSON, valid or not.
fn written(choices: &mut Choices<'_>, parts: Parts) -> Json {
    let mut definitions = vec![json!({ "type": "user" })];
    for type_name in TYPES {
        let mut relations = json!({ "parent": { "this": {} } });
        let mut metadata =
            json!({ "parent": { "directly_related_user_types": [{ "type": "group" }, { "type": "doc" }] } });
        for (own, name) in RELATIONS.iter().enumerate() {
            let found = rewrite(choices, own, 2, parts);
            if found.to_string().contains("this") {
                metadata[name] = json!({ "directly_related_user_types": restrictions(choices, parts) });
            }
            relations[name] = found;
        }
        definitions.push(json!({ "type": type_name, "relations": relations, "metadata": { "relations": metadata } }));
    }
    let mut model = json!({ "schema_version": "1.1", "type_definitions": definitions });
    if parts.conditions {
        model["conditions"] = json!({ "first": condition(choices, "first"), "second": condition(choices, "second") });
    }
    model
}

fn restrictions(choices: &mut Choices<'_>, parts: Parts) -> Vec<Json> {
    let mut restrictions = vec![json!({ "type": "user" })];
    if choices.below(2) == 0 {
        restrictions.push(json!({ "type": choices.pick(&TYPES), "relation": choices.pick(&RELATIONS) }));
    }
    if choices.below(4) == 0 {
        restrictions.push(json!({ "type": "user", "wildcard": {} }));
    }
    if parts.conditions {
        for restriction in &mut restrictions {
            if choices.below(3) == 0 {
                restriction["condition"] = json!(choices.pick(&["first", "second"]));
            }
        }
    }
    restrictions
}

/// The objects that random tuples are about.
pub fn objects() -> Vec<String> {
    TYPES.iter().flat_map(|type_name| (0..3).map(move |id| format!("{type_name}:{id}"))).collect()
}

/// Whether the user is the object, or one before it: without such tuples no way leads in a circle.
fn leads_back(key: &TupleKey) -> bool {
    let objects = objects();
    let place = |object: &str| objects.iter().position(|found| found == object);
    let user = key.user.split('#').next().unwrap_or_default();
    place(user).is_some_and(|user| Some(user) <= place(&key.object))
}

/// Which random tuples are made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How many are tried. What the model refuses is left out.
    pub tried: usize,
    /// Whether a way may lead in a circle.
    pub circles: bool,
}

/// Tuples that the model allows, none twice.
pub fn tuples(choices: &mut Choices<'_>, system: &TypeSystem, wanted: Wanted) -> Vec<TupleKey> {
    let objects = objects();
    let mut keys: Vec<TupleKey> = Vec::new();
    for _ in 0..wanted.tried {
        let user = match choices.below(6) {
            0..3 => format!("user:{}", choices.below(3)),
            3 => choices.pick(&objects).clone(),
            4 => format!("{}#{}", choices.pick(&objects), choices.pick(&RELATIONS)),
            _ => "user:*".to_owned(),
        };
        let relation = if choices.below(4) == 0 { "parent" } else { choices.pick(&RELATIONS) };
        let key = TupleKey::new(user, relation, choices.pick(&objects).clone());
        let key = match choices.below(3) {
            0 => key,
            _ => conditioned(choices, system, key),
        };
        let same =
            |other: &TupleKey| (&other.user, &other.relation, &other.object) == (&key.user, &key.relation, &key.object);
        if key.user != format!("{}#{}", key.object, key.relation)
            && system.read_tuple(&key).is_ok()
            && !keys.iter().any(same)
            && (wanted.circles || !leads_back(&key))
        {
            keys.push(key);
        }
    }
    keys
}

/// The tuple under one of the model's conditions, with some of its values.
fn conditioned(choices: &mut Choices<'_>, system: &TypeSystem, key: TupleKey) -> TupleKey {
    let name = *choices.pick(&["first", "second"]);
    let Some(condition) = system.model().conditions.get(name) else { return key };
    let mut own = context(choices).unwrap_or_default();
    own.retain(|parameter, _| condition.parameters.contains_key(parameter));
    key.with_condition(name, Some(own).filter(|own| !own.is_empty()))
}

const EXPRESSIONS: [&str; 16] = [
    "x > 10",
    "x % 2 == 0 || s == 'ab'",
    "s.startsWith('a') && x >= 5",
    "s in l && size(l) < 3",
    "l.exists(e, e.contains('b')) || x == 7",
    "l.all(e, size(e) == x)",
    "t < timestamp('2026-06-01T00:00:00Z')",
    "t + duration('24h') > timestamp('2026-06-01T00:00:00Z') && s != ''",
    "t.getMonth() == x || t.getHours() == 12",
    "p.in_cidr('10.0.0.0/8')",
    "p == ipaddress('10.0.0.1') ? x > 0 : s > 'b'",
    "10 / x == 2",
    "l[x] == s",
    "m.k == s && !('z' in m)",
    "a == 1.0 || a == s",
    "string(x) == s || has(m.k) && int(m.k) == x",
];

/// A condition over the parameters that its expression names.
fn condition(choices: &mut Choices<'_>, name: &str) -> Json {
    let expression = *choices.pick(&EXPRESSIONS);
    let types = [
        ("x", json!({ "type_name": "TYPE_NAME_INT" })),
        ("s", json!({ "type_name": "TYPE_NAME_STRING" })),
        ("t", json!({ "type_name": "TYPE_NAME_TIMESTAMP" })),
        ("p", json!({ "type_name": "TYPE_NAME_IPADDRESS" })),
        ("a", json!({ "type_name": "TYPE_NAME_ANY" })),
        ("l", json!({ "type_name": "TYPE_NAME_LIST", "generic_types": [{ "type_name": "TYPE_NAME_STRING" }] })),
        ("m", json!({ "type_name": "TYPE_NAME_MAP", "generic_types": [{ "type_name": "TYPE_NAME_STRING" }] })),
    ];
    let mut parameters = json!({});
    for (parameter, kind) in types {
        let named = expression.split(|c: char| !c.is_alphanumeric()).any(|word| word == parameter);
        if named {
            parameters[parameter] = kind;
        }
    }
    json!({ "name": name, "expression": expression, "parameters": parameters })
}

/// Values for some of the parameters, now and then of a wrong type.
pub fn context(choices: &mut Choices<'_>) -> Option<Context> {
    let mut context = Context::new();
    for (parameter, values) in [
        ("x", json!([0, 5, 2, 7, 20, "2", 1, 11, 12, 4, "x"])),
        ("s", json!(["ab", "b", "", "2", "7", "x", "k", 1])),
        ("t", json!(["2026-05-31T12:00:00Z", "2026-06-30T23:00:00+02:00", "2025-01-01T00:00:00Z", "soon"])),
        ("p", json!(["10.0.0.1", "::ffff:10.0.0.1", "192.168.0.1", "2001:db8::1", "10"])),
        ("a", json!([1, "b", null, [1], 1.5])),
        ("l", json!([["ab"], [], ["ab", "b"], ["2", "7", "x"], "ab"])),
        ("m", json!([{ "k": "ab" }, { "k": "2", "z": "" }, {}, []])),
    ] {
        if choices.below(5) < 3
            && let Some(values) = values.as_array()
        {
            context.insert(parameter.to_owned(), choices.pick(values).clone());
        }
    }
    Some(context).filter(|context| !context.is_empty())
}
