//! The tantivy side: which passages share terms with a question.
//!
//! Text arrives segmented: the same [`crate::text::segment::Segmenter`] serves the index, the overlap feature and any later
//! backend. Questions become term queries; customer text never meets a query parser.

use std::path::Path;
use std::sync::LazyLock;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, TantivyDocument, Term};

use super::entry::Entry;
use super::error::IndexError;
use super::terms::{BIGRAM_WEIGHT, Field as TermField, QueryTerms};
use crate::text::segment::Segmenter;

/// Part of the fingerprint: raise it when a field or its meaning changes.
pub const SCHEMA_VERSION: u32 = 2;
const WRITER_BYTES: usize = 20_000_000;

#[derive(Clone, Copy)]
struct Fields {
    key: tantivy::schema::Field,
    entry: tantivy::schema::Field,
    passage: tantivy::schema::Field,
    words: tantivy::schema::Field,
    bigrams: tantivy::schema::Field,
}

/// The fields, made once: every question needs them.
static FIELDS: LazyLock<Fields> = LazyLock::new(|| schema().1);

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // Positions are not kept: no phrase queries are asked.
    let text = TextOptions::default()
        .set_indexing_options(TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs));
    let fields = Fields {
        key: builder.add_u64_field("key", INDEXED),
        entry: builder.add_u64_field("entry", FAST),
        passage: builder.add_u64_field("passage", FAST),
        words: builder.add_text_field("words", text.clone()),
        bigrams: builder.add_text_field("bigrams", text),
    };
    (builder.build(), fields)
}

/// A passage that shares terms with the question. The score only ranks; see [`super::terms`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LexicalHit {
    /// Number of the entry.
    pub entry: u64,
    /// tantivy's score.
    pub score: f32,
}

/// A tantivy index with its single writer.
pub struct Lexical {
    fields: Fields,
    writer: tantivy::IndexWriter<TantivyDocument>,
    reader: IndexReader,
}

impl Lexical {
    /// An empty index in memory.
    pub fn in_memory() -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        Self::with(Index::create_in_ram(schema), fields)
    }

    /// An empty index in an empty directory.
    pub fn create(dir: &Path) -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        Self::with(Index::create_in_dir(dir, schema).map_err(IndexError::lexical("creating it"))?, fields)
    }

    /// The index in `dir` and the payload of its last commit. Every file's checksum is verified.
    pub fn open(dir: &Path) -> Result<(Self, Option<String>), IndexError> {
        let (schema, fields) = schema();
        let index = Index::open_in_dir(dir).map_err(IndexError::lexical("opening it"))?;
        let damaged = |detail: String| IndexError::Damaged { path: dir.to_owned(), detail };
        if index.schema() != schema {
            return Err(damaged("its fields are not the expected ones".to_owned()));
        }
        let broken = index.validate_checksum().map_err(IndexError::lexical("verifying checksums"))?;
        if let Some(file) = broken.iter().min() {
            return Err(damaged(format!("{} fails its checksum", file.display())));
        }
        let payload = index.load_metas().map_err(IndexError::lexical("reading its state"))?.payload;
        Ok((Self::with(index, fields)?, payload))
    }

    fn with(index: Index, fields: Fields) -> Result<Self, IndexError> {
        // One writing thread: an edit is a handful of documents, and a build is bound by the encoder.
        let writer = index.writer_with_num_threads(1, WRITER_BYTES).map_err(IndexError::lexical("opening its writer"))?;
        let reader =
            index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(IndexError::lexical("opening its reader"))?;
        Ok(Lexical { fields, writer, reader })
    }

    /// Takes out every passage of the entry key.
    pub fn remove(&mut self, key: u64) {
        self.writer.delete_term(Term::from_field_u64(self.fields.key, key));
    }

    /// Adds the passages of an entry.
    pub fn add(&mut self, key: u64, number: u64, entry: &Entry, segmenter: &Segmenter) -> Result<(), IndexError> {
        for (n, passage) in entry.passages.iter().enumerate() {
            let mut document = TantivyDocument::new();
            document.add_u64(self.fields.key, key);
            document.add_u64(self.fields.entry, number);
            document.add_u64(self.fields.passage, n as u64);
            document.add_pre_tokenized_text(self.fields.words, pre_tokenized(segmenter.words(&passage.passage.text)));
            document.add_pre_tokenized_text(self.fields.bigrams, pre_tokenized(segmenter.bigrams(&passage.passage.text)));
            self.writer.add_document(document).map_err(IndexError::lexical("adding a passage"))?;
        }
        Ok(())
    }

    /// Makes all changes since the last commit durable and visible, with `payload`; on failure none of them are.
    pub fn commit(&mut self, payload: &str) -> Result<Searcher, IndexError> {
        let committed = self.writer.prepare_commit().and_then(|mut prepared| {
            prepared.set_payload(payload);
            prepared.commit()
        });
        if let Err(error) = committed {
            self.writer.rollback().map_err(IndexError::lexical("undoing a failed commit"))?;
            return Err(IndexError::lexical("committing")(error));
        }
        self.reader.reload().map_err(IndexError::lexical("reading a commit"))?;
        Ok(self.reader.searcher())
    }

    /// Forgets all changes since the last commit.
    pub fn rollback(&mut self) -> Result<(), IndexError> {
        self.writer.rollback().map(drop).map_err(IndexError::lexical("undoing changes"))
    }

    /// The view of the last commit.
    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }
}

fn pre_tokenized(terms: Vec<String>) -> PreTokenizedString {
    let tokens = terms
        .into_iter()
        .enumerate()
        .map(|(position, text)| Token { offset_from: 0, offset_to: 0, position, text, position_length: 1 })
        .collect();
    PreTokenizedString { text: String::new(), tokens }
}

/// The `limit` best passages by tantivy's BM25, as entries, best first; an entry may come several times.
pub fn search(searcher: &Searcher, query: &QueryTerms, limit: usize) -> Result<Vec<LexicalHit>, IndexError> {
    if query.0.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let fields = *FIELDS;
    let clauses: Vec<(Occur, Box<dyn Query>)> = query
        .0
        .iter()
        .map(|term| {
            let (field, weight) = match term.field {
                TermField::Word => (fields.words, 1.0),
                TermField::Bigram => (fields.bigrams, BIGRAM_WEIGHT),
            };
            let query = TermQuery::new(Term::from_field_text(field, &term.text), IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(BoostQuery::new(Box::new(query), weight)) as Box<dyn Query>)
        })
        .collect();
    let top = searcher
        .search(&BooleanQuery::new(clauses), &TopDocs::with_limit(limit).order_by_score())
        .map_err(IndexError::lexical("searching"))?;
    let columns = searcher
        .segment_readers()
        .iter()
        .map(|segment| segment.fast_fields().u64("entry"))
        .collect::<Result<Vec<_>, _>>()
        .map_err(IndexError::lexical("reading entry numbers"))?;
    Ok(top
        .into_iter()
        .filter_map(|(score, at)| columns[at.segment_ord as usize].first(at.doc_id).map(|entry| LexicalHit { entry, score }))
        .collect())
}
