//! Checks per second of one thread: `cargo run --release -p deputy-fga-proofs --example throughput -- MODEL.fga [TUPLES]`
//!
//! Tuples are random, but such that the model allows; questions are about random users, relations and objects of it.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::{Duration, Instant};

use deputy_fga::dsl::load;
use deputy_fga::model::RestrictionForm;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::TupleKey;
use deputy_fga::{CheckRequest, Limits, TypeSystem, check};
use deputy_fga_proofs::random::{Choices, bytes_of};

const MODEL: &str = include_str!("../../../examples/hr/model.fga");
const MEASURED: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let text = arguments.next().map_or_else(|| Ok(MODEL.to_owned()), std::fs::read_to_string)?;
    let wanted: usize = arguments.next().map_or(Ok(10_000), |number| number.parse())?;
    let system = load(&text)?;
    let mut store = MemoryStore::default();
    let mut seed = 0;
    while store.len() < wanted {
        seed += 1;
        let bytes = bytes_of(seed);
        let choices = &mut Choices::new(&bytes);
        for _ in 0..1_000 {
            if let Some(tuple) = tuple(choices, &system, wanted).and_then(|key| system.read_tuple(&key).ok())
                && store.len() < wanted
            {
                store.insert(tuple);
            }
        }
        if seed > 10_000 {
            return Err("the model allows too few tuples without a condition".into());
        }
    }
    let questions = questions(&system, wanted);
    let (mut asked, mut allowed, mut failed) = (0_u32, 0_u32, 0_u32);
    let begin = Instant::now();
    while begin.elapsed() < MEASURED {
        for question in &questions {
            match check(&system, &store, question, &Limits::default()) {
                Ok(answer) => allowed += u32::from(answer),
                Err(_) => failed += 1,
            }
            asked += 1;
        }
    }
    let rate = f64::from(asked) / begin.elapsed().as_secs_f64();
    println!("{} tuples, {asked} checks: {rate:.0} a second ({allowed} yes, {failed} errors)", store.len());
    Ok(())
}

/// How many objects a type has.
fn id(choices: &mut Choices<'_>, tuples: usize) -> usize {
    choices.below(tuples / 20 + 1)
}

fn tuple(choices: &mut Choices<'_>, system: &TypeSystem, tuples: usize) -> Option<TupleKey> {
    let definition = choices.pick(&system.model().type_definitions);
    let relations: Vec<_> = definition.relations.keys().collect();
    if relations.is_empty() {
        return None;
    }
    let relation = *choices.pick(&relations);
    let restrictions = definition.restrictions(relation);
    if restrictions.is_empty() {
        return None;
    }
    let restriction = choices.pick(restrictions);
    let user = match &restriction.form {
        RestrictionForm::Object => format!("{}:{}", restriction.type_name, id(choices, tuples)),
        RestrictionForm::Userset(of) => format!("{}:{}#{of}", restriction.type_name, id(choices, tuples)),
        RestrictionForm::Wildcard => format!("{}:*", restriction.type_name),
    };
    Some(TupleKey::new(user, relation.as_str(), format!("{}:{}", definition.type_name, id(choices, tuples))))
}

fn questions(system: &TypeSystem, tuples: usize) -> Vec<CheckRequest> {
    let bytes = bytes_of(u64::MAX);
    let choices = &mut Choices::new(&bytes);
    let mut questions = Vec::new();
    while questions.len() < 1_000 {
        let definition = choices.pick(&system.model().type_definitions);
        let relations: Vec<_> = definition.relations.keys().collect();
        if relations.is_empty() {
            continue;
        }
        let relation = choices.pick(&relations).as_str();
        let object = format!("{}:{}", definition.type_name, id(choices, tuples));
        questions.push(CheckRequest::new(format!("user:{}", id(choices, tuples)), relation, object));
    }
    questions
}
