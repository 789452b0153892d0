//! A world in memory: storage, model, account, providers, tools, clock, and a process that can die.

pub mod account;
pub mod chat;
pub mod gates;
pub mod model;
pub mod nesting;
pub mod one_call;
pub mod render;
pub mod store;
pub mod tools;
pub mod world;
