-- The first schema: knowledge base, conversations, decisions, tickets and what belongs to them.
--
-- One text for SQLite and PostgreSQL, so only what both read the same way: BIGINT for whole numbers (times are milliseconds
-- since 1970, flags are 0 or 1), DOUBLE PRECISION, TEXT for everything else (ids hyphenated, enums by name, hashes in hex,
-- lists and records as JSON). Lists are JSON because nothing asks for a single element of one in SQL. On PostgreSQL the
-- database has to be created with the "C" collation: pages are read in byte order of the ids.

-- Facts about this database. `epoch` changes whenever a backup is restored: what was derived from the database under another
-- epoch (an index, a cache) must be thrown away, because the same revision number may stand for other contents.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Numbers that only go up. A counter row instead of AUTOINCREMENT or a sequence: it behaves the same on both databases, a
-- rolled-back transaction gives its number back, and a restore can raise it past every number that customers have seen.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('kb_revision', 0), ('ticket', 0);

-- `revision` is the knowledge base's revision at which the row was last changed, and the row's ETag.
CREATE TABLE articles (
    id TEXT NOT NULL,
    locale TEXT NOT NULL,
    title TEXT NOT NULL,
    variants TEXT NOT NULL,
    answer TEXT NOT NULL,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    status TEXT NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    related TEXT NOT NULL,
    channels TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id, locale)
);
CREATE INDEX articles_by_revision ON articles (revision);

-- What was deleted and when, for an index that follows by revision. A row goes when its article comes back.
CREATE TABLE tombstones (
    id TEXT NOT NULL,
    locale TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (id, locale)
);
CREATE INDEX tombstones_by_revision ON tombstones (revision);

-- Normalised titles and variants. A phrasing belongs to one article, but to any number of its translations (a product's name
-- is spelt the same in both languages), so the key alone cannot be unique; the transaction that writes an article checks it.
CREATE TABLE phrasings (
    key TEXT NOT NULL,
    article_id TEXT NOT NULL,
    locale TEXT NOT NULL,
    PRIMARY KEY (key, article_id, locale),
    FOREIGN KEY (article_id, locale) REFERENCES articles (id, locale) ON DELETE CASCADE
);
CREATE INDEX phrasings_by_article ON phrasings (article_id, locale);

-- `last_seq` gives messages their places: raising it in the transaction that inserts the message leaves no gap and, where
-- several writers exist, locks the conversation. `ticket` is set while a ticket is not closed.
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    visitor TEXT,
    visitor_token_hash TEXT NOT NULL,
    locale TEXT NOT NULL,
    channel TEXT NOT NULL,
    owner TEXT NOT NULL,
    agent TEXT,
    ticket BIGINT,
    context TEXT NOT NULL,
    last_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX conversations_by_visitor ON conversations (visitor) WHERE visitor IS NOT NULL;

-- `answers` names the customer's message that a bot's message replies to. It is unique: two workers, a retry and a recovery
-- after a crash cannot answer one message twice, whatever they believe.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    decision_id TEXT,
    answers TEXT UNIQUE,
    at BIGINT NOT NULL,
    UNIQUE (conversation_id, seq)
);

-- What was written before personal data was masked. Apart from the messages, so that the sweep deletes rows instead of editing
-- them and no query for a page of messages can return one by accident.
CREATE TABLE originals (
    message_id TEXT NOT NULL PRIMARY KEY REFERENCES messages (id),
    text TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX originals_by_age ON originals (at);

-- The columns are what lists filter and sort by; `record` is the whole decision, a versioned JSON object. A message is decided
-- once.
CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    message_id TEXT NOT NULL UNIQUE,
    band TEXT NOT NULL,
    reason TEXT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    article_id TEXT,
    ticket BIGINT,
    kb_revision BIGINT NOT NULL,
    degraded BIGINT NOT NULL,
    at BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX decisions_by_time ON decisions (at, id);
CREATE INDEX decisions_by_conversation ON decisions (conversation_id, at, id);

-- `article_id` is empty where the judgement names none: NULLs would not collide in the unique constraint.
CREATE TABLE feedback (
    id TEXT NOT NULL PRIMARY KEY,
    decision_id TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    article_id TEXT NOT NULL,
    comment TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (decision_id, kind, article_id)
);

CREATE TABLE tickets (
    number BIGINT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    decision_id TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    agent TEXT,
    context TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    claimed_at BIGINT,
    first_reply_at BIGINT,
    closed_at BIGINT,
    reply_due_at BIGINT NOT NULL,
    close_due_at BIGINT NOT NULL
);
-- Any number of hand-offs, one ticket.
CREATE UNIQUE INDEX tickets_one_open ON tickets (conversation_id) WHERE state <> 'closed';
CREATE INDEX tickets_by_state ON tickets (state, number);
CREATE INDEX tickets_by_conversation ON tickets (conversation_id);

-- `message_id` is the message of a reply, through which its original is found while it is kept.
CREATE TABLE ticket_events (
    ticket BIGINT NOT NULL REFERENCES tickets (number),
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    message_id TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (ticket, seq)
);

-- Events that wait to be delivered; delivered ones are deleted.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    ticket BIGINT NOT NULL REFERENCES tickets (number),
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (next_at, id);

-- API keys: only the hash of a secret is kept, and revoked keys stay so that records which name them can be read.
CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- `status` and `body` are null while the request is being worked on; `started_at` is then the start of its lease.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    started_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (started_at);
