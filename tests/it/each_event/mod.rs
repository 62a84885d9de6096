//! Events one at a time: what names an event, batches of which some events fail, and what a store
//! that is down is asked.

mod setup;

mod names;

mod batches;

mod stores;
