//! What requests are made with, and what observers see of them.

use std::sync::{Arc, RwLock};

use aliyun_eventbridge::clock::Clock;
use tower_eventbridge::{
    signature::BodyEnding,
    signer::{SignWith, Signer},
};

use super::{client::Client, oauth::Tokens};
use crate::{
    observe::{RequestHead, StringToSign, Text},
    resources::Resources,
};

/// How pushes are signed.
#[derive(Clone, Debug)]
pub(crate) struct Signing {
    pub(crate) signer: Signer,
    pub(crate) with: SignWith,
    pub(crate) ending: BodyEnding,
}

/// What requests are made with.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) signing: Signing,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) resources: Arc<RwLock<Resources>>,
    pub(super) tokens: Tokens,
}

/// What is sent, as observers see it, while it is made.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) request: Option<RequestHead>,
    pub(super) body: Text,
    pub(super) strings_to_sign: Vec<StringToSign>,
}
