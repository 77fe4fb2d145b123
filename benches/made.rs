//! Made-up articles for the benches: eight phrasings each, of words that shops use, with vectors of their characters.

use std::sync::Arc;

use jieda::domain::article::Article;
use jieda::domain::locale::Locale;
use jieda::embed::Embedder;
use jieda::embed::hashing::{DIMS, HashingEmbedder};
use jieda::index::entry::{Entry, passages};
use jieda::index::vectors::Vector;
use jieda::text::segment::Segmenter;

const THINGS: [&str; 12] = ["退货", "换货", "退款", "发票", "快递", "积分", "优惠券", "保修", "尺码", "预售", "定金", "关税"];
const ASKS: [&str; 8] = ["怎么申请", "多久能好", "要钱吗", "在哪里看", "为什么不行", "能改吗", "有什么条件", "过期了怎么办"];

/// A number spread over 64 bits.
fn spread(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// One phrasing of article `n`.
pub fn phrasing(n: u64, variant: u64) -> String {
    let pick = spread(n * 31 + variant);
    let thing = THINGS[(n % 12) as usize];
    let other = THINGS[(pick % 12) as usize];
    format!("{thing}{}商品{n}号的{other}{}", ["我想问", "请问", "", "亲"][(pick >> 8) as usize % 4], ASKS[((pick >> 16) % 8) as usize])
}

/// Article `n`, at `revision`.
pub fn entry(n: u64, revision: i64, segmenter: &Segmenter) -> Arc<Entry> {
    let id = format!("made-{n}").parse().expect("an id");
    let mut article = Article::new(id, Locale::ZhCn, phrasing(n, 0), format!("第{n}号商品的说明：请在订单页面按提示操作。"));
    article.variants = (1..8).map(|v| phrasing(n, v)).collect();
    let passages = passages(&article);
    let vectors = passages.iter().map(|p| Some(Arc::new(vector(&p.text)))).collect();
    Arc::new(Entry::new(Arc::new(article), revision, passages, vectors, segmenter).expect("an entry"))
}

/// The vector of a text.
pub fn vector(text: &str) -> Vector {
    let numbers = HashingEmbedder.embed_query(text).expect("a vector");
    Vector::new(&numbers, DIMS).expect("a vector of the right length")
}
