//! Random models, tuples and contexts.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "not every test uses all of it")]

use deputy_fga::TypeSystem;
use deputy_fga::model::AuthorizationModel;
use deputy_fga::tuple::{Context, TupleKey};
use serde_json::{Value as Json, json};

/// A small generator: the same seed gives the same run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

pub const RELATIONS: [&str; 5] = ["r0", "r1", "r2", "r3", "r4"];
pub const TYPES: [&str; 2] = ["group", "doc"];

/// A rewrite of a relation; `true` asks for one that may exclude.
fn rewrite(random: &mut Random, own: usize, depth: usize, exclusions: bool) -> Json {
    let this = json!({ "this": {} });
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => this,
        2 if own > 0 => json!({ "computedUserset": { "relation": RELATIONS[random.below(own)] } }),
        3 => json!({ "tupleToUserset": {
            "tupleset": { "relation": "parent" },
            "computedUserset": { "relation": *random.pick(&RELATIONS) },
        } }),
        4 => json!({ "union": { "child": [this, rewrite(random, own, depth - 1, exclusions)] } }),
        5 => json!({ "intersection": { "child": [rewrite(random, own, depth - 1, exclusions), this] } }),
        6 if exclusions => {
            json!({ "difference": { "base": this, "subtract": rewrite(random, own, depth - 1, exclusions) } })
        }
        _ => this,
    }
}

/// A model, if it came out valid.
pub fn model(random: &mut Random, exclusions: bool, conditions: bool) -> Option<TypeSystem> {
    let mut definitions = vec![json!({ "type": "user" })];
    for type_name in TYPES {
        let mut relations = json!({ "parent": { "this": {} } });
        let mut metadata =
            json!({ "parent": { "directly_related_user_types": [{ "type": "group" }, { "type": "doc" }] } });
        for (own, name) in RELATIONS.iter().enumerate() {
            let found = rewrite(random, own, 2, exclusions);
            if found.to_string().contains("this") {
                let mut restrictions = vec![json!({ "type": "user" })];
                if random.below(2) == 0 {
                    restrictions.push(json!({ "type": random.pick(&TYPES), "relation": random.pick(&RELATIONS) }));
                }
                if random.below(4) == 0 {
                    restrictions.push(json!({ "type": "user", "wildcard": {} }));
                }
                if conditions {
                    for restriction in &mut restrictions {
                        if random.below(3) == 0 {
                            restriction["condition"] = json!(random.pick(&["first", "second"]));
                        }
                    }
                }
                metadata[name] = json!({ "directly_related_user_types": restrictions });
            }
            relations[name] = found;
        }
        definitions.push(json!({ "type": type_name, "relations": relations, "metadata": { "relations": metadata } }));
    }
    let mut model = json!({ "schema_version": "1.1", "type_definitions": definitions });
    if conditions {
        model["conditions"] = json!({ "first": condition(random, "first"), "second": condition(random, "second") });
    }
    let model: AuthorizationModel = serde_json::from_value(model).unwrap();
    TypeSystem::new(model).ok()
}

pub fn objects() -> Vec<String> {
    TYPES.iter().flat_map(|type_name| (0..3).map(move |id| format!("{type_name}:{id}"))).collect()
}

/// Whether the user is the object, or one before it: without such tuples no way leads in a circle.
fn leads_back(key: &TupleKey) -> bool {
    let object = key.user.split('#').next().unwrap();
    let place = |object: &str| objects().iter().position(|found| found == object);
    place(object).is_some_and(|user| Some(user) <= place(&key.object))
}

pub fn tuples(random: &mut Random, system: &TypeSystem, circles: bool) -> Vec<TupleKey> {
    let objects = objects();
    let mut keys = Vec::new();
    for _ in 0..120 {
        let user = match random.below(6) {
            0..3 => format!("user:{}", random.below(3)),
            3 => random.pick(&objects).clone(),
            4 => format!("{}#{}", random.pick(&objects), random.pick(&RELATIONS)),
            _ => "user:*".to_owned(),
        };
        let relation = if random.below(4) == 0 { "parent" } else { random.pick(&RELATIONS) };
        let key = TupleKey::new(user, relation, random.pick(&objects).clone());
        let key = match random.below(if system.condition("first").is_some() { 3 } else { 1 }) {
            0 => key,
            _ => {
                let name = *random.pick(&["first", "second"]);
                let declared = &system.model().conditions[name].parameters;
                let mut own = context(random).unwrap_or_default();
                own.retain(|parameter, _| declared.contains_key(parameter));
                key.with_condition(name, Some(own).filter(|own| !own.is_empty()))
            }
        };
        let same =
            |other: &TupleKey| (&other.user, &other.relation, &other.object) == (&key.user, &key.relation, &key.object);
        if keys.len() < 90
            && key.user != format!("{}#{}", key.object, key.relation)
            && system.read_tuple(&key).is_ok()
            && !keys.iter().any(same)
            && (circles || !leads_back(&key))
        {
            keys.push(key);
        }
    }
    keys
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
fn condition(random: &mut Random, name: &str) -> Json {
    let expression = *random.pick(&EXPRESSIONS);
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
pub fn context(random: &mut Random) -> Option<Context> {
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
        if random.below(5) < 3 {
            let values = values.as_array().unwrap();
            context.insert(parameter.to_owned(), random.pick(values).clone());
        }
    }
    Some(context).filter(|context| !context.is_empty())
}
