//! Tests through the outside of the program, in one binary: linking once is most of the time it takes.

mod http_articles;
mod http_bodies;
mod http_contract;
mod http_conversations;
mod http_idempotency;
mod http_limits;
mod http_roles;
mod http_shutdown;
mod shop;
