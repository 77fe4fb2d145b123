//! Conversations and their messages. The order within a conversation is a number that the store gives; texts are masked, and
//! what was written before masking lies apart, for agents, until the sweep deletes it.

use std::collections::BTreeMap;

use super::cursor::{hex, unhex};
use super::rows::Reader;
use super::sqlite::{Conn, Durability, Row};
use super::{Store, StoreError};
use crate::domain::conversation::{Author, Conversation, Message, Owner};
use crate::domain::ids::{ConversationId, DecisionId, MessageId, TicketNumber, VisitorId};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;

/// What a conversation begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewConversation {
    /// Its id, made by the caller.
    pub id: ConversationId,
    /// Who the visitor is, if the shop says so.
    pub visitor: Option<VisitorId>,
    /// The language the customer reads.
    pub locale: Locale,
    /// Where it takes place.
    pub channel: String,
    /// Page, order and other context: a JSON object as text, personal data masked.
    pub context: String,
}

/// What a person wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewMessage<'a> {
    /// Its id, made by the caller: sending it again stores nothing.
    pub id: MessageId,
    /// The text with personal data masked.
    pub masked: &'a str,
    /// The text as written, if masking changed it.
    pub original: Option<&'a str>,
    /// When it arrived.
    pub at: Timestamp,
}

impl Store {
    /// Begins a conversation, owned by the bot. Whoever shows the token with this hash may read it.
    pub async fn create_conversation(&self, new: NewConversation, visitor_token_hash: [u8; 32]) -> Result<Conversation, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = create(transaction.conn()?, new, &visitor_token_hash, self.now()).await;
        transaction.end(result).await
    }

    /// One conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        find(&mut *self.readers.acquire().await?, id).await
    }

    /// Whether the token's hash is the conversation's; false for an unknown or erased conversation. Takes the same time
    /// wherever the hashes differ.
    pub async fn visitor_token_matches(&self, id: ConversationId, hash: [u8; 32]) -> Result<bool, StoreError> {
        let sql = "SELECT visitor_token_hash FROM conversations WHERE id = $1";
        let stored: Option<String> = sqlx::query_scalar(sql).bind(id.to_string()).fetch_optional(&self.readers).await?;
        Ok(stored.and_then(|stored| unhex(&stored)).is_some_and(|stored| same(&stored, &hash)))
    }

    /// Messages after `after_seq` in order, masked.
    pub async fn messages(&self, id: ConversationId, after_seq: i64, limit: usize) -> Result<Vec<Message>, StoreError> {
        let sql = "SELECT id, seq, author, text, decision_id, at FROM messages \
                   WHERE conversation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let rows = sqlx::query(sql).bind(id.to_string()).bind(after_seq).bind(super::cursor::clamp(limit)).fetch_all(&self.readers).await?;
        rows.iter().map(message_of).collect()
    }

    /// The newest `limit` messages in order, masked, and how many the conversation has altogether.
    pub async fn newest_messages(&self, id: ConversationId, limit: usize) -> Result<(Vec<Message>, u64), StoreError> {
        let sql = "SELECT id, seq, author, text, decision_id, at FROM messages WHERE conversation_id = $1 ORDER BY seq DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(id.to_string()).bind(super::cursor::clamp(limit)).fetch_all(&self.readers).await?;
        let messages = rows.iter().rev().map(message_of).collect::<Result<Vec<_>, _>>()?;
        // Messages are numbered from 1 without gaps and never deleted.
        let all = messages.last().map_or(0, |newest| newest.seq);
        Ok((messages, u64::try_from(all).unwrap_or_default()))
    }

    /// What was written in a conversation before masking, by message, for agents only: messages that masking did not change and
    /// those whose time is up are left out.
    pub async fn original_texts(&self, id: ConversationId) -> Result<BTreeMap<MessageId, String>, StoreError> {
        let sql = "SELECT o.message_id, o.text FROM originals o JOIN messages m ON m.id = o.message_id WHERE m.conversation_id = $1";
        let rows = sqlx::query(sql).bind(id.to_string()).fetch_all(&self.readers).await?;
        let originals = rows.iter().map(|row| Reader::new("originals", row));
        originals.map(|row| Ok((row.parsed("message_id")?, row.text("text")?))).collect()
    }

    /// Stores a customer's message before anything is decided about it, so that a burst can be read together and a crash loses
    /// nothing. The same message again is returned as it was stored.
    ///
    /// It survives the death of the process; a hand-off or a durable [`Store::record_ask`] that follows brings it to the disk.
    ///
    /// **Errors**: `ConversationNotFound`; `MessageConflict` if the id stands for another message.
    pub async fn add_customer_message(&self, conversation: ConversationId, message: NewMessage<'_>) -> Result<Message, StoreError> {
        let mut transaction = self.writer.begin(Durability::Answered).await?;
        let result = add_from_person(transaction.conn()?, conversation, Author::Customer, message).await;
        transaction.end(result).await
    }

    /// The conversation whose first message this is, if it was written by a customer.
    pub async fn conversation_begun_by(&self, message: MessageId) -> Result<Option<ConversationId>, StoreError> {
        let sql = "SELECT conversation_id FROM messages WHERE id = $1 AND author = 'customer' AND seq = 1";
        let row = sqlx::query(sql).bind(message.to_string()).fetch_optional(&self.readers).await?;
        row.map(|row| Reader::new("messages", &row).parsed("conversation_id")).transpose()
    }

    /// What the customer wrote since anybody last spoke and not before `since`, oldest first.
    pub async fn unanswered_burst(&self, conversation: ConversationId, since: Timestamp) -> Result<Vec<Message>, StoreError> {
        let sql = "SELECT id, seq, author, text, decision_id, at FROM messages \
                   WHERE conversation_id = $1 AND author = 'customer' AND at >= $2 AND seq > \
                   (SELECT coalesce(max(seq), 0) FROM messages WHERE conversation_id = $1 AND author <> 'customer') ORDER BY seq";
        let rows = sqlx::query(sql).bind(conversation.to_string()).bind(since.0).fetch_all(&self.readers).await?;
        rows.iter().map(message_of).collect()
    }
}

/// Whether two hashes are equal, looking at every byte.
fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b)));
    a.len() == b.len() && difference == 0
}

async fn create(conn: &mut Conn, new: NewConversation, visitor_token_hash: &[u8; 32], now: Timestamp) -> Result<Conversation, StoreError> {
    sqlx::query(
        "INSERT INTO conversations \
         (id, visitor, visitor_token_hash, locale, channel, owner, context, last_seq, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)",
    )
    .bind(new.id.to_string())
    .bind(new.visitor.as_ref().map(|visitor| visitor.0.as_str()))
    .bind(hex(visitor_token_hash))
    .bind(new.locale.tag())
    .bind(&new.channel)
    .bind(Owner::Bot.name())
    .bind(&new.context)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(Conversation {
        id: new.id,
        visitor: new.visitor,
        locale: new.locale,
        channel: new.channel,
        owner: Owner::Bot,
        agent: None,
        ticket: None,
        context: new.context,
        created_at: now,
        updated_at: now,
    })
}

/// One conversation, as the transaction sees it.
pub(super) async fn find(conn: &mut Conn, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let sql = "SELECT id, visitor, locale, channel, owner, agent, ticket, context, created_at, updated_at \
               FROM conversations WHERE id = $1";
    let Some(row) = sqlx::query(sql).bind(id.to_string()).fetch_optional(conn).await? else { return Ok(None) };
    let row = Reader::new("conversations", &row);
    Ok(Some(Conversation {
        id,
        visitor: row.optional_text("visitor")?.map(VisitorId),
        locale: row.parsed("locale")?,
        channel: row.text("channel")?,
        owner: row.named("owner", Owner::parse)?,
        agent: row.optional_text("agent")?,
        ticket: row.optional_number("ticket")?.map(TicketNumber),
        context: row.text("context")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    }))
}

/// One conversation that must exist.
pub(super) async fn require(conn: &mut Conn, id: ConversationId) -> Result<Conversation, StoreError> {
    find(conn, id).await?.ok_or(StoreError::ConversationNotFound { id })
}

/// Sets who answers, the agent's name and the open ticket.
pub(super) async fn set_owner(conn: &mut Conn, conversation: &Conversation) -> Result<(), StoreError> {
    sqlx::query("UPDATE conversations SET owner = $2, agent = $3, ticket = $4 WHERE id = $1")
        .bind(conversation.id.to_string())
        .bind(conversation.owner.name())
        .bind(conversation.agent.as_deref())
        .bind(conversation.ticket.map(|ticket| ticket.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// One message and the conversation that it is in.
pub(super) async fn find_message(conn: &mut Conn, id: MessageId) -> Result<Option<(ConversationId, Message)>, StoreError> {
    let sql = "SELECT id, conversation_id, seq, author, text, decision_id, at FROM messages WHERE id = $1";
    let Some(row) = sqlx::query(sql).bind(id.to_string()).fetch_optional(conn).await? else { return Ok(None) };
    Ok(Some((Reader::new("messages", &row).parsed("conversation_id")?, message_of(&row)?)))
}

/// Stores a person's message unless it is there already.
pub(super) async fn add_from_person(
    conn: &mut Conn,
    conversation: ConversationId,
    author: Author,
    message: NewMessage<'_>,
) -> Result<Message, StoreError> {
    if let Some((stored_in, stored)) = find_message(conn, message.id).await? {
        let repeated = stored_in == conversation && stored.author == author && stored.text == message.masked;
        return if repeated { Ok(stored) } else { Err(StoreError::MessageConflict { id: message.id }) };
    }
    let new = NewRow { id: message.id, author, text: message.masked, decision_id: None, answers: None, at: message.at };
    let stored = append(conn, conversation, new).await?;
    if let Some(original) = message.original {
        sqlx::query("INSERT INTO originals (message_id, text, at) VALUES ($1, $2, $3)")
            .bind(message.id.to_string())
            .bind(original)
            .bind(message.at.0)
            .execute(conn)
            .await?;
    }
    Ok(stored)
}

/// A message that is not stored yet.
pub(super) struct NewRow<'a> {
    pub(super) id: MessageId,
    pub(super) author: Author,
    pub(super) text: &'a str,
    pub(super) decision_id: Option<DecisionId>,
    /// The customer's message that it replies to.
    pub(super) answers: Option<MessageId>,
    pub(super) at: Timestamp,
}

/// Puts a message at the conversation's end. **Errors**: `ConversationNotFound`.
pub(super) async fn append(conn: &mut Conn, conversation: ConversationId, new: NewRow<'_>) -> Result<Message, StoreError> {
    let sql = "UPDATE conversations SET last_seq = last_seq + 1, updated_at = $2 WHERE id = $1 RETURNING last_seq";
    let seq: Option<i64> = sqlx::query_scalar(sql).bind(conversation.to_string()).bind(new.at.0).fetch_optional(&mut *conn).await?;
    let seq = seq.ok_or(StoreError::ConversationNotFound { id: conversation })?;
    sqlx::query(
        "INSERT INTO messages (id, conversation_id, seq, author, text, decision_id, answers, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.id.to_string())
    .bind(conversation.to_string())
    .bind(seq)
    .bind(new.author.name())
    .bind(new.text)
    .bind(new.decision_id.map(|id| id.to_string()))
    .bind(new.answers.map(|id| id.to_string()))
    .bind(new.at.0)
    .execute(conn)
    .await?;
    Ok(Message { id: new.id, seq, author: new.author, text: new.text.to_owned(), decision_id: new.decision_id, at: new.at })
}

pub(super) fn message_of(row: &Row) -> Result<Message, StoreError> {
    let row = Reader::new("messages", row);
    Ok(Message {
        id: row.parsed("id")?,
        seq: row.number("seq")?,
        author: row.named("author", Author::parse)?,
        text: row.text("text")?,
        decision_id: row.optional_parsed("decision_id")?,
        at: row.time("at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;

    #[tokio::test]
    async fn a_conversation_comes_back_and_its_token_opens_it() {
        let f = Fixture::new().await;
        let new = NewConversation {
            id: ConversationId::new(),
            visitor: Some(VisitorId("会员 7".into())),
            locale: Locale::En,
            channel: "wechat".into(),
            context: r#"{"page":"/item/1"}"#.into(),
        };
        let created = f.store.create_conversation(new.clone(), [7; 32]).await.unwrap();
        assert_eq!((created.owner, created.visitor.clone(), created.created_at), (Owner::Bot, new.visitor, f.clock.now()));
        assert_eq!(f.store.conversation(new.id).await.unwrap(), Some(created));
        let mut near = [7; 32];
        near[31] = 6;
        assert!(f.store.visitor_token_matches(new.id, [7; 32]).await.unwrap());
        assert!(!f.store.visitor_token_matches(new.id, near).await.unwrap());
        assert!(!f.store.visitor_token_matches(ConversationId::new(), [7; 32]).await.unwrap());
        assert_eq!(f.store.conversation(ConversationId::new()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn messages_are_numbered_masked_and_stored_once() {
        let f = Fixture::new().await;
        let id = f.conversation().await;
        let at = f.clock.now();
        let phone = NewMessage { id: MessageId::new(), masked: "电话 [手机号]", original: Some("电话 13800138000"), at };
        let first = f.store.add_customer_message(id, phone).await.unwrap();
        let second = f.say(id, "在吗👀").await;
        assert_eq!((first.seq, second.seq), (1, 2));
        assert_eq!(f.store.add_customer_message(id, phone).await.unwrap(), first, "the same message again");
        let changed = NewMessage { masked: "别的", ..phone };
        assert!(matches!(f.store.add_customer_message(id, changed).await, Err(StoreError::MessageConflict { .. })));
        let elsewhere = f.conversation().await;
        assert!(matches!(f.store.add_customer_message(elsewhere, phone).await, Err(StoreError::MessageConflict { .. })));
        let begun = [first.id, second.id, MessageId::new()].map(|id| f.store.conversation_begun_by(id));
        let [by_first, by_second, by_none] = begun;
        assert_eq!((by_first.await.unwrap(), by_second.await.unwrap(), by_none.await.unwrap()), (Some(id), None, None));
        let nowhere = f.store.add_customer_message(ConversationId::new(), NewMessage { id: MessageId::new(), ..phone }).await;
        assert!(matches!(nowhere, Err(StoreError::ConversationNotFound { .. })));

        assert_eq!(f.store.messages(id, 0, 10).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(f.store.messages(id, 0, 1).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(f.store.messages(id, 1, 10).await.unwrap(), std::slice::from_ref(&second));
        assert_eq!(f.store.newest_messages(id, 1).await.unwrap(), (vec![second.clone()], 2));
        assert_eq!(f.store.newest_messages(id, 2).await.unwrap(), (vec![first.clone(), second.clone()], 2));
        assert_eq!(f.store.newest_messages(elsewhere, 2).await.unwrap(), (Vec::new(), 0));
        assert_eq!(f.store.original_texts(id).await.unwrap(), [(first.id, "电话 13800138000".to_owned())].into());
        assert_eq!(f.store.original_texts(elsewhere).await.unwrap(), [].into());
    }

    #[tokio::test]
    async fn a_burst_is_what_nobody_answered_lately() {
        let f = Fixture::new().await;
        let id = f.conversation().await;
        let texts = |burst: Vec<Message>| burst.into_iter().map(|m| m.text).collect::<Vec<_>>();
        let answered = f.say(id, "你好").await;
        f.answer(&answered, id).await;
        f.say(id, "早先的").await;
        f.clock.advance_ms(9_000);
        let start = f.clock.now();
        f.say(id, "我想问下").await;
        f.say(id, "运费谁出").await;
        assert_eq!(texts(f.store.unanswered_burst(id, start).await.unwrap()), ["我想问下", "运费谁出"]);
        assert_eq!(texts(f.store.unanswered_burst(id, Timestamp(0)).await.unwrap()), ["早先的", "我想问下", "运费谁出"]);
        assert_eq!(texts(f.store.unanswered_burst(f.conversation().await, start).await.unwrap()), [""; 0]);
    }
}
