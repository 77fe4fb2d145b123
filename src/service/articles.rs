//! The knowledge base, as editors change it: stored first, searchable when the call returns.

use super::Service;
use super::finish::finish;
use super::indexing::blocking;
use crate::domain::article::Article;
use crate::domain::ids::{ArticleId, KbRevision};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure};
use crate::kb::lint;
use crate::store::Page;
use crate::store::{ArticleFilter, Expect, ImportOptions, ImportReport, Stored};
use crate::text::normalize::phrasing_key;

/// An article that is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no article {id}{}", locale.map_or_else(String::new, |l| format!(" in {l}")))]
pub struct UnknownArticle {
    /// Its id.
    pub id: ArticleId,
    /// The version asked for.
    pub locale: Option<Locale>,
}

impl Coded for UnknownArticle {
    fn code(&self) -> Code {
        Code::ArticleNotFound
    }
}

/// The keys of title and variants, as the store keeps them unique.
pub fn phrasing_keys(article: &Article) -> Vec<String> {
    article.phrasings().map(phrasing_key).collect()
}

impl Service {
    /// One article; the version of `locale`, else the shop's, else any.
    pub async fn article(&self, id: &ArticleId, locale: Option<Locale>) -> Result<Stored<Article>, Failure> {
        if locale.is_some() {
            return Ok(self.inner.store.article(id, locale).await?.ok_or_else(|| UnknownArticle { id: id.clone(), locale })?);
        }
        let mut versions = self.inner.store.article_versions(id).await?;
        let shop = self.inner.config.shop.default_locale;
        versions.sort_by_key(|stored| (stored.value.locale != shop, stored.value.locale));
        Ok(versions.into_iter().next().ok_or_else(|| UnknownArticle { id: id.clone(), locale })?)
    }

    /// A page of articles.
    pub async fn articles(&self, filter: &ArticleFilter, cursor: Option<&str>, limit: usize) -> Result<Page<Stored<Article>>, Failure> {
        Ok(self.inner.store.articles_page(filter, cursor, limit).await?)
    }

    /// Stores an article and waits until it is searchable. It goes on even if the caller goes away in between.
    ///
    /// **Errors**: an invalid field, a phrasing of another article, a stale or missing expectation.
    pub async fn put_article(&self, article: Article, expect: Expect) -> Result<Stored<Article>, Failure> {
        let article = lint::tidy(article);
        lint::check_article(&article)?;
        let keys = phrasing_keys(&article);
        let service = self.clone();
        finish(async move {
            let stored = service.inner.store.put_article(&article, &keys, expect).await?;
            service.inner.indexing.catch_up().await?;
            service.show_index();
            Ok(stored)
        })
        .await
    }

    /// Deletes an article (one version, or all) and waits until it can no longer be found.
    pub async fn delete_article(&self, id: ArticleId, locale: Option<Locale>, expect: Expect) -> Result<usize, Failure> {
        let service = self.clone();
        finish(async move {
            let gone = service.inner.store.delete_article(&id, locale, expect).await?;
            if gone == 0 {
                return Err(UnknownArticle { id, locale }.into());
            }
            service.inner.indexing.catch_up().await?;
            service.show_index();
            Ok(gone)
        })
        .await
    }

    /// Imports articles in one transaction and waits until they are searchable.
    pub async fn import(&self, articles: Vec<Article>, options: ImportOptions) -> Result<ImportReport, Failure> {
        let rows: Vec<(Article, Vec<String>)> = blocking(move || {
            Ok(articles
                .into_iter()
                .map(|article| {
                    let keys = phrasing_keys(&article);
                    (article, keys)
                })
                .collect())
        })
        .await?;
        let report = self.inner.store.import_articles(&rows, options).await?;
        if !options.dry_run {
            self.inner.indexing.catch_up().await?;
            self.show_index();
        }
        Ok(report)
    }

    /// The state of the knowledge base that is searched.
    pub fn kb_revision(&self) -> KbRevision {
        self.inner.indexing.served().snapshot.revision()
    }
}
