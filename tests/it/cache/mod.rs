//! The certificate cache, by counting fetches. Time is paused and moves only where a test says so.

mod setup;

mod fetching;

mod ageing;
