//! `jieda kb synonyms`: pairs of words that seem to mean the same, in the form of the synonyms file, for the editor to take.

use serde_json::{Value, json};

use crate::cli::checked::Proposing;
use crate::cli::eval::{articles, remembering};
use crate::cli::session::{Session, Status};
use crate::cli::{data, opening};
use crate::domain::article::Article;
use crate::domain::locale::Locale;
use crate::error::Failure;
use crate::eval::questions;
use crate::retrieve::proposals::{Ground, Proposal, propose};
use crate::service::lexicon::{Lexicon, SYNONYMS};

/// Prints proposals, best first. Nothing is changed.
pub async fn run(proposing: Proposing, session: &Session) -> Result<Status, Failure> {
    let data_dir = session.config.server.data_dir.clone();
    let articles = match proposing.kb {
        Some(path) => articles(path, session).await?,
        None => stored(session).await?,
    };
    let embedder = opening::encoder_in_use(session).await?;
    let (log, limit, file) = (proposing.log, proposing.limit, data_dir.join(SYNONYMS));
    let proposals = session
        .blocking(move || {
            let log = log.as_deref().map(|path| questions::read_log(path, &[], usize::MAX)).transpose()?.unwrap_or_default();
            let lexicon = Lexicon::load(&data_dir)?;
            let cache = data_dir.is_dir().then(|| data_dir.join("eval").join("vectors"));
            let vectors = remembering(embedder, cache.as_deref());
            let ground = Ground {
                articles: &articles,
                segmenter: &lexicon.segmenter,
                known: &lexicon.synonyms,
                encode: &|text| vectors.question(text),
                log: &log,
            };
            let mut proposals = propose(&ground)?;
            proposals.truncate(limit);
            Ok(proposals)
        })
        .await?;
    if proposals.is_empty() {
        session.manner.tell("没有可建议的同义词", "no synonyms to propose");
    }
    session.manner.show(
        || json!({ "file": file.display().to_string(), "proposals": proposals.iter().map(value).collect::<Vec<_>>() }),
        || proposals.iter().map(|proposal| text(proposal, session.manner.locale)).collect(),
    )?;
    Ok(Status::Done)
}

/// The articles of the data directory.
async fn stored(session: &Session) -> Result<Vec<Article>, Failure> {
    let readable = data::read(&session.config.server.data_dir, &session.clock).await?;
    let articles = readable.store.all_articles().await;
    readable.store.close().await;
    Ok(articles?.into_iter().map(|stored| stored.value).collect())
}

fn value(proposal: &Proposal) -> Value {
    let examples = proposal.examples.iter().map(|example| {
        json!({
            "article_id": example.article.as_str(),
            "locale": example.locale.tag(),
            "phrasings": example.phrasings,
            "logged": example.logged,
        })
    });
    json!({
        "words": proposal.words,
        "score": proposal.score,
        "cosine": proposal.cosine,
        "articles": proposal.articles,
        "questions": proposal.questions,
        "examples": examples.collect::<Vec<_>>(),
    })
}

/// A line of the synonyms file, below the evidence as a comment.
fn text(proposal: &Proposal, locale: Locale) -> String {
    let (articles, questions) = (proposal.articles, proposal.questions);
    let seen = match (locale, questions) {
        (Locale::ZhCn, 0) => format!("{articles} 篇文章"),
        (Locale::ZhCn, _) => format!("{articles} 篇文章，{questions} 个顾客问题"),
        (Locale::En, 0) => format!("articles {articles}"),
        (Locale::En, _) => format!("articles {articles}, questions {questions}"),
    };
    let example = proposal.examples.first().map_or_else(String::new, |example| {
        let [first, second] = &example.phrasings;
        format!("\n#   {}: {first} | {second}", example.article)
    });
    let [a, b] = &proposal.words;
    format!("# {:.2}  {seen}{example}\n{a}, {b}\n", proposal.score)
}
