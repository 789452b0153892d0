//! The chat as its clients see it, frame by frame, over a real SQLite, with a scripted model, an account that a test changes in
//! a word, and time that passes when a test says so.

mod account;
mod client;
mod documents;
mod frames;
mod generations;
mod library;
mod model;
mod model_trials;
mod parked;
mod pauses;
mod post;
mod programs;
mod resume;
mod schedules;
mod screen;
mod sessions;
mod sleep;
mod stage;
mod turns;
mod uploads;
mod world;
