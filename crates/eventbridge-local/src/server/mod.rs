//! The server: one port for both protocols, the certificate host, and this server's own API.

mod guard;

mod local_api;

mod routes;

mod connections;

pub use guard::{from_this_machine, guard};

pub(crate) use connections::serve;
pub(crate) use routes::{Front, routes};
