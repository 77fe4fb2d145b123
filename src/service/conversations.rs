//! Beginning and reading conversations.

use sha2::{Digest, Sha256};

use super::Service;
use crate::domain::conversation::{Conversation, Message};
use crate::domain::ids::{ConversationId, VisitorId};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure};
use crate::store::NewConversation;
use crate::text::redact::redact;
use crate::text::redact_json::redact_json;

/// The channel of conversations that name none.
pub const DEFAULT_CHANNEL: &str = "web";
/// The longest context, in bytes.
pub const CONTEXT_MAX_BYTES: usize = 16_384;

/// What a conversation begins with.
#[derive(Debug, Clone, Default)]
pub struct BeginRequest {
    /// The customer's language; `None`: the shop's.
    pub locale: Option<Locale>,
    /// The channel; `None`: `web`.
    pub channel: Option<String>,
    /// Page, order and other context: a JSON object as text.
    pub context: Option<String>,
    /// Who the visitor is.
    pub visitor: Option<VisitorId>,
}

/// A conversation that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// It.
    pub conversation: Conversation,
    /// The token that reads it; shown once.
    pub visitor_token: String,
}

/// A conversation that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// No such conversation.
    #[error("there is no conversation {id}")]
    Unknown {
        /// The id.
        id: ConversationId,
    },
    /// The visitor token is missing or another conversation's.
    #[error("the visitor token does not open conversation {id}")]
    Token {
        /// The id.
        id: ConversationId,
    },
    /// The context is too large.
    #[error("the context has {bytes} bytes, at most {CONTEXT_MAX_BYTES} are taken")]
    Context {
        /// Its size.
        bytes: usize,
    },
    /// The channel's name is unusable.
    #[error("the channel must have 1 to 40 letters, digits, dashes or underscores")]
    Channel,
}

impl Coded for ConversationError {
    fn code(&self) -> Code {
        match self {
            ConversationError::Unknown { .. } => Code::ConversationNotFound,
            ConversationError::Token { .. } => Code::Forbidden,
            ConversationError::Context { .. } | ConversationError::Channel => Code::BodyInvalid,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            ConversationError::Token { .. } => locale
                .pick("请使用创建该会话时返回的 visitor_token。", "Use the visitor_token that beginning this conversation returned.")
                .to_owned(),
            _ => self.code().hint(locale).to_owned(),
        }
    }
}

/// A conversation with its messages.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The conversation.
    pub conversation: Conversation,
    /// Messages in order, personal data masked.
    pub messages: Vec<Message>,
}

impl Service {
    /// Begins a conversation. Whoever shows the token may read it.
    pub async fn begin_conversation(&self, request: BeginRequest) -> Result<Begun, Failure> {
        let channel = request.channel.unwrap_or_else(|| DEFAULT_CHANNEL.to_owned());
        if channel.is_empty() || channel.len() > 40 || !channel.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Err(ConversationError::Channel.into());
        }
        let context = request.context.unwrap_or_else(|| "{}".to_owned());
        if context.len() > CONTEXT_MAX_BYTES {
            return Err(ConversationError::Context { bytes: context.len() }.into());
        }
        let visitor_token = super::keys::secret("jdv")?;
        let new = NewConversation {
            id: ConversationId::new(),
            visitor: request.visitor,
            locale: request.locale.unwrap_or(self.inner.config.shop.default_locale),
            channel,
            context: masked(&context),
        };
        let conversation = self.inner.store.create_conversation(new, token_hash(&visitor_token)).await?;
        Ok(Begun { conversation, visitor_token })
    }

    /// A conversation with the messages after `after_seq`, for the visitor who shows its token; `None` as token is for agents,
    /// whose right the edge has checked.
    pub async fn transcript(&self, id: ConversationId, token: Option<&str>, after_seq: i64, limit: usize) -> Result<Transcript, Failure> {
        let conversation = self.open_conversation(id, token).await?;
        let messages = self.inner.store.messages(id, after_seq, limit).await?;
        Ok(Transcript { conversation, messages })
    }

    /// A conversation, for the visitor who shows its token or, without one, for agents, whose right the edge has checked.
    pub async fn open_conversation(&self, id: ConversationId, token: Option<&str>) -> Result<Conversation, Failure> {
        if let Some(token) = token
            && !self.inner.store.visitor_token_matches(id, token_hash(token)).await?
        {
            // Unknown conversations and wrong tokens are told apart only to whoever may know.
            return Err(ConversationError::Token { id }.into());
        }
        Ok(self.inner.store.conversation(id).await?.ok_or(ConversationError::Unknown { id })?)
    }

    /// Messages after `after_seq`, at most `limit`, in order; the edge has checked who reads.
    pub async fn messages_after(&self, id: ConversationId, after_seq: i64, limit: usize) -> Result<Vec<Message>, Failure> {
        Ok(self.inner.store.messages(id, after_seq, limit).await?)
    }
}

/// A context without personal data. JSON stays JSON; what is none, from a caller in this process, is masked as a text.
fn masked(context: &str) -> String {
    serde_json::from_str(context).map_or_else(|_| redact(context).masked, |value| redact_json(value).to_string())
}

fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
