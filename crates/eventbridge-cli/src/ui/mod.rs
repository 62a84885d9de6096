//! The page in the browser, which shows what happens as it happens.
//!
//! Its files are in the program. It loads nothing from elsewhere, which its policy also forbids.

mod files;
mod stream;

pub mod local;
pub mod receive;
