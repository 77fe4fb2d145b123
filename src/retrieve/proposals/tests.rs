//! Proposals from a handful of made-up articles, with an encoder that knows a few words.

use super::*;

/// Words of one circle are alike, all others are not; a text is where its word of a circle is.
const CIRCLES: [&[&str]; 5] =
    [&["账号", "账户", "帐号"], &["沙发", "衣柜", "家具"], &["coupon", "voucher"], &["上班", "下班"], &["充值", "提现"]];
const DIMS: usize = 512;

fn encode(text: &str) -> Result<Arc<Vector>, Failure> {
    let mut numbers = [0.0f32; DIMS];
    let sum = text.bytes().enumerate().map(|(at, byte)| (at + 1) * usize::from(byte)).sum::<usize>();
    let elsewhere = CIRCLES.len() + sum % (DIMS - CIRCLES.len());
    numbers[CIRCLES.iter().position(|circle| circle.iter().any(|word| text.contains(word))).unwrap_or(elsewhere)] = 1.0;
    Ok(Arc::new(Vector::new(&numbers, DIMS)?))
}

fn article(id: &str, answer: &str, phrasings: &[&str]) -> Article {
    let locale = if phrasings[0].is_ascii() { Locale::En } else { Locale::ZhCn };
    let variants = phrasings[1..].iter().map(|text| (*text).to_owned()).collect();
    Article { variants, ..Article::new(id.parse().unwrap(), locale, phrasings[0], answer) }
}

fn articles() -> Vec<Article> {
    vec![
        article("close", "打开设置。", &["怎么注销账号", "怎么注销账户？", "不想用了"]),
        article("share", "一人一号。", &["账号可以共用吗", "家人能用我的账户吗"]),
        article("sofa", &"沙发和衣柜都送上楼。".repeat(12), &["沙发送货上门吗", "衣柜送货上门吗"]),
        article("hours", "九点开始。", &["客服几点上班", "客服几点下班"]),
        article("balance", "马上。", &["余额充值多久到账", "余额提现多久到账"]),
        article("code", "At checkout.", &["How do I use a coupon?", "How do I use a voucher"]),
    ]
}

fn proposed(articles: &[Article], known: &str, log: &[&str]) -> Vec<Proposal> {
    let known = Synonyms::parse(known).unwrap();
    let log: Vec<String> = log.iter().map(|text| (*text).to_owned()).collect();
    propose(&Ground { articles, segmenter: &Segmenter::new(&[]), known: &known, encode: &encode, log: &log }).unwrap()
}

fn words(proposals: &[Proposal]) -> Vec<[&str; 2]> {
    proposals.iter().map(|proposal| [proposal.words[0].as_str(), proposal.words[1].as_str()]).collect()
}

#[test]
fn words_in_each_others_place_are_proposed_with_their_evidence() {
    let proposals = proposed(&articles(), "", &[]);
    assert_eq!(words(&proposals), [["账号", "账户"], ["coupon", "voucher"]]);
    let first = &proposals[0];
    assert_eq!((first.articles, first.questions, first.examples.len()), (2, 0, 2));
    assert_eq!(first.examples[0].article.as_str(), "close");
    assert_eq!(first.examples[0].phrasings, ["怎么注销账号", "怎么注销账户？"]);
    assert!(first.score > proposals[1].score && first.cosine > 0.99);
}

#[test]
fn words_that_stand_together_in_sentences_are_not_the_same() {
    let mut kinder = articles();
    kinder[2].answer = "上门。".to_owned();
    let with = |articles: &[Article]| words(&proposed(articles, "", &[])).contains(&["沙发", "衣柜"]);
    assert!(!with(&articles()) && with(&kinder));
}

#[test]
fn what_the_editor_has_is_not_proposed_again() {
    for known in ["账户, 账号", "账号 => 账户", "账户，账号，号"] {
        assert_eq!(words(&proposed(&articles(), known, &[])), [["coupon", "voucher"]], "{known}");
    }
}

#[test]
fn a_logged_word_that_no_article_has_is_set_beside_the_nearest_phrasing() {
    let log = ["怎么注销帐号", "今天天气", "帐号怎么注销"];
    let proposals = proposed(&articles(), "账号, 账户", &log);
    let found = proposals.iter().find(|proposal| proposal.words.contains(&"帐号".to_owned())).unwrap();
    assert_eq!((&found.words, found.articles, found.questions), (&["账号".to_owned(), "帐号".to_owned()], 0, 2));
    assert!(found.examples[0].logged && found.examples[0].phrasings == ["怎么注销帐号", "怎么注销账号"]);
    assert_eq!(proposed(&articles(), "账号, 账户", &log), proposals);
    // A word that articles have is theirs already.
    assert_eq!(proposed(&articles(), "", &["怎么注销账户"]), proposed(&articles(), "", &[]));
}

#[test]
fn an_article_that_is_not_published_shows_nothing() {
    let mut articles = articles();
    articles[5].status = ArticleStatus::Draft;
    assert_eq!(words(&proposed(&articles, "", &[])), [["账号", "账户"]]);
}

#[test]
fn an_empty_knowledge_base_gives_nothing() {
    assert!(proposed(&[], "", &["怎么注销帐号"]).is_empty());
}
