//! The layer: what reaches a handler, what a rejected sender hears, and what it costs the others.

mod setup;

mod answers;

mod bodies;

mod rest_of_bodies;

mod certificates;

mod axum_routers;

mod building;
