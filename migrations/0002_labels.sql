-- Questions that an editor has labelled with the articles that answer them, for fitting the confidence.

-- `key` is the folded question: the same question labelled again takes the place of the first, which keeps its id. `expected` is
-- a JSON list of article ids, any of which answers; empty: no article does. It may name an article that was deleted since.
CREATE TABLE labels (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    question TEXT NOT NULL,
    expected TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX labels_by_time ON labels (at, id);

-- The newest judgements are read again and again: the confidence learns from them.
CREATE INDEX feedback_by_time ON feedback (at, id);
