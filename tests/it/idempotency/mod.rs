//! Each event once: what a handler sees of tries that come again, together, after failures, and
//! while the store fails.

mod setup;

mod tries;

mod keys;

mod stores;

mod replays;
