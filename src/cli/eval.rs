//! `jieda eval`: the measures of `crate::eval` on files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::kb::read_options;
use super::opening;
use super::output::print;
use super::progress::{Steps, Unit};
use super::session::{Session, Status};
use crate::domain::article::Article;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::eval::fit::{self, fit};
use crate::eval::metrics::Retrieval;
use crate::eval::questions::{self, LabelledQuestion};
use crate::eval::run::{self, Figures, Report, Setting};
use crate::eval::{knowledge, pairs};
use crate::index::snapshot::Snapshot;
use crate::kb::{PlanOptions, plan, read_path};
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::Judgement;
use crate::text::segment::Segmenter;

/// A knowledge base in memory and the questions about it.
struct Set {
    articles: usize,
    snapshot: Arc<Snapshot>,
    adaptation: Adaptation,
    questions: Vec<LabelledQuestion>,
}

/// Asks every question of a set.
pub async fn run(kb: PathBuf, questions: PathBuf, mode: Mode, session: &Session) -> Result<Status, Failure> {
    let embedder = if mode == Mode::Lexical { None } else { Some(opening::encoder_in_use(session).await?) };
    let model = embedder.as_ref().map(|embedder| embedder.name().to_owned());
    let articles = articles(kb, session).await?;
    let steps = Stages::new(session);
    let now = session.clock.now();
    let report = session
        .blocking(move || {
            let set = set(articles, &questions, embedder.as_deref(), &steps)?;
            let judgements = judgements(&set, embedder.as_deref(), mode, now, &steps)?;
            Ok(run::report(set.articles, &set.questions, &judgements))
        })
        .await?;
    session.manner.show(|| report_value(&report, mode, model.as_deref()), || report_text(&report, session))?;
    Ok(Status::Done)
}

/// Measures the encoder on pairs of sentences.
pub async fn pairs(file: PathBuf, session: &Session) -> Result<Status, Failure> {
    let embedder = opening::encoder_in_use(session).await?;
    let mut steps = Steps::new(session.manner.pick("编码", "encoding"), Unit::Count);
    let figures = session
        .blocking(move || {
            let pairs = pairs::read(&file)?;
            pairs::measure(&pairs, &*embedder, &mut |done, all| steps.at(done as u64, all as u64))
        })
        .await?;
    let number = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.4}"));
    session.manner.show(
        || json!({ "pairs": figures.pairs, "spearman": figures.spearman, "auc": figures.auc }),
        || format!("pairs {}\nspearman {}\nauc {}\n", figures.pairs, number(figures.spearman), number(figures.auc)),
    )?;
    Ok(Status::Done)
}

/// Fits the confidence to sets of articles and questions and prints the calibration file.
pub async fn fit_to(sets: Vec<(PathBuf, PathBuf)>, session: &Session) -> Result<Status, Failure> {
    let embedder = opening::encoder_in_use(session).await?;
    let now = session.clock.now();
    let names: Vec<String> = sets.iter().map(|(_, questions)| questions.display().to_string()).collect();
    let mut read = Vec::new();
    for (kb, questions) in sets {
        read.push((articles(kb, session).await?, questions));
    }
    let steps = Stages::new(session);
    let text = session
        .blocking(move || {
            let sets = read.into_iter().map(|(articles, questions)| set(articles, &questions, Some(&*embedder), &steps));
            let sets = sets.collect::<Result<Vec<Set>, Failure>>()?;
            let fitted = |embedder: Option<&dyn Embedder>, mode| -> Result<fit::Fitted, Failure> {
                let judged = sets.iter().map(|set| judgements(set, embedder, mode, now, &steps)).collect::<Result<Vec<_>, Failure>>()?;
                let rows: Vec<(&[LabelledQuestion], &[Judgement])> =
                    sets.iter().zip(&judged).map(|(set, judged)| (set.questions.as_slice(), judged.as_slice())).collect();
                Ok(fit(&rows))
            };
            Ok(fit::file(&names, &fitted(Some(&*embedder), Mode::Hybrid)?, &fitted(None, Mode::Lexical)?))
        })
        .await?;
    print(&text)?;
    Ok(Status::Done)
}

/// The articles at `path`. Phrasings that several share are a warning here: question sets have them.
async fn articles(path: PathBuf, session: &Session) -> Result<Vec<Article>, Failure> {
    let options = read_options(session, None);
    let shared = PlanOptions { allow_shared_phrasings: true };
    let planned = session.blocking(move || Ok(plan(read_path(&path, &options)?, &[], &shared))).await?;
    let warnings = planned.items.iter().flat_map(|item| &item.warnings).filter(|warning| warning.code == "phrasing_shared").count();
    if warnings > 0 {
        session.manner.tell(
            &format!("提醒：{warnings} 个问法属于不止一篇文章"),
            &format!("note: {warnings} phrasings belong to more than one article"),
        );
    }
    if let Some(first) = planned.refused.first() {
        let (count, place, why) = (planned.refused.len(), &first.place, first.refusal.message.pick(session.manner.locale));
        session.manner.tell(
            &format!("提醒：{count} 行不能作为文章，第一处在 {place}：{why}"),
            &format!("note: {count} rows are no articles, the first is {place}: {why}"),
        );
    }
    Ok(planned.to_write)
}

fn set(articles: Vec<Article>, questions: &Path, embedder: Option<&dyn Embedder>, stages: &Stages) -> Result<Set, Failure> {
    let known: std::collections::HashSet<_> = articles.iter().map(|article| article.id.clone()).collect();
    let questions = questions::read(questions, &|id| known.contains(id))?;
    let segmenter = Arc::new(Segmenter::new(&[]));
    let mut steps = stages.indexing();
    let snapshot = knowledge::index(articles, embedder, &segmenter, &mut |done, all| steps.at(done as u64, all as u64))?;
    let adaptation = Adaptation::learn(&snapshot, embedder.map_or("", |embedder| embedder.fingerprint()))?;
    Ok(Set { articles: known.len(), snapshot, adaptation, questions })
}

fn judgements(
    set: &Set,
    embedder: Option<&dyn Embedder>,
    mode: Mode,
    now: crate::domain::time::Timestamp,
    stages: &Stages,
) -> Result<Vec<Judgement>, Failure> {
    let setting = Setting { snapshot: &set.snapshot, embedder, mode, adaptation: &set.adaptation, now };
    let (steps, all) = (std::sync::Mutex::new(stages.asking()), set.questions.len() as u64);
    run::ask_all(&set.questions, setting, &|done| {
        // A poisoned bar is only a bar.
        steps.lock().unwrap_or_else(std::sync::PoisonError::into_inner).at(done as u64, all);
    })
}

/// The names of the two long stages.
struct Stages {
    indexing: &'static str,
    asking: &'static str,
}

impl Stages {
    fn new(session: &Session) -> Self {
        let manner = session.manner;
        Stages { indexing: manner.pick("建立索引", "building the index"), asking: manner.pick("提问", "asking") }
    }

    fn indexing(&self) -> Steps {
        Steps::new(self.indexing, Unit::Count)
    }

    fn asking(&self) -> Steps {
        Steps::new(self.asking, Unit::Count)
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Lexical => "lexical",
        Mode::Dense => "dense",
        Mode::Hybrid => "hybrid",
    }
}

fn report_value(report: &Report, mode: Mode, model: Option<&str>) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("articles".to_owned(), report.articles.into());
    object.extend(figures_value(&report.all));
    object.insert("mode".to_owned(), mode_name(mode).into());
    object.insert("model".to_owned(), model.into());
    let slices: serde_json::Map<String, Value> =
        report.slices.iter().map(|(name, figures)| (name.clone(), Value::Object(figures_value(figures)))).collect();
    object.insert("slices".to_owned(), Value::Object(slices));
    Value::Object(object)
}

fn figures_value(figures: &Figures) -> serde_json::Map<String, Value> {
    let Retrieval { hit_at_1, hit_at_3, hit_at_5, mrr_at_10, ndcg_at_10, .. } = figures.retrieval;
    let measured = |figure: f64| (figures.in_scope > 0).then_some(figure);
    let value = json!({
        "questions": figures.questions,
        "in_scope": figures.in_scope,
        "out_of_scope": figures.out_of_scope,
        "retrieval": {
            "hit_at_1": measured(hit_at_1),
            "hit_at_3": measured(hit_at_3),
            "hit_at_5": measured(hit_at_5),
            "mrr_at_10": measured(mrr_at_10),
            "ndcg_at_10": measured(ndcg_at_10),
        },
        "decision": { "auroc_out_of_scope": figures.auroc_out_of_scope },
    });
    match value {
        Value::Object(object) => object,
        _ => serde_json::Map::new(),
    }
}

fn report_text(report: &Report, session: &Session) -> String {
    let manner = session.manner;
    let mut text = format!("{} {}\n", manner.pick("文章", "articles"), report.articles);
    text.push_str(&figures_text(&report.all, session));
    for (name, figures) in &report.slices {
        text.push_str(&format!("\n[{name}]\n{}", figures_text(figures, session)));
    }
    text
}

fn figures_text(figures: &Figures, session: &Session) -> String {
    let manner = session.manner;
    let mut text = manner.pick(
        format!("问题 {}（范围内 {}，范围外 {}）\n", figures.questions, figures.in_scope, figures.out_of_scope),
        format!("questions {} (in scope {}, out of scope {})\n", figures.questions, figures.in_scope, figures.out_of_scope),
    );
    if figures.in_scope > 0 {
        let r = &figures.retrieval;
        text.push_str(&format!(
            "hit@1 {:.4}  @3 {:.4}  @5 {:.4}\nmrr@10 {:.4}  ndcg@10 {:.4}\n",
            r.hit_at_1, r.hit_at_3, r.hit_at_5, r.mrr_at_10, r.ndcg_at_10
        ));
    }
    if let Some(auroc) = figures.auroc_out_of_scope {
        text.push_str(&format!("auroc {auroc:.4}\n"));
    }
    text
}
