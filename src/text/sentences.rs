//! A customer's message as sentences.

/// Shorter than this a piece is no sentence of its own and joins the next one (“你好。”, “Hi!”).
const SHORTEST: usize = 3;

/// The sentences of a message: cut after 。！？!? and line ends, after a full stop or semicolon where a sentence goes on, and where
/// Chinese text uses spaces between clauses of some length. Nothing is lost but white space; a message of one sentence gives one.
pub fn sentences(text: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        if c != '\n' {
            current.push(c);
        }
        let ends = match c {
            '\n' | '。' | '！' | '？' | '!' | '?' | '；' | ';' | '…' => next.is_none_or(|n| !is_end(n)),
            '.' => next.is_some_and(char::is_whitespace) && !current.ends_with("..") && !ends_with_abbreviation(&current),
            _ => false,
        };
        if ends {
            finish(&mut list, &mut current);
        }
    }
    finish(&mut list, &mut current);
    // What is too short to be a question stays with what follows it.
    let mut joined: Vec<String> = Vec::new();
    let mut lead = String::new();
    for sentence in list {
        if letters(&sentence) < SHORTEST {
            lead.push_str(&sentence);
            continue;
        }
        joined.push(format!("{lead}{sentence}"));
        lead.clear();
    }
    if !lead.is_empty() {
        match joined.last_mut() {
            Some(last) => last.push_str(&lead),
            None => joined.push(lead),
        }
    }
    joined
}

fn is_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '…' | '”' | '"' | '）' | ')')
}

fn ends_with_abbreviation(text: &str) -> bool {
    let word = text.trim_end_matches('.').rsplit(char::is_whitespace).next().unwrap_or("").to_ascii_lowercase();
    matches!(word.as_str(), "no" | "mr" | "mrs" | "ms" | "dr" | "vs" | "etc" | "approx" | "e.g" | "i.e") || word.chars().count() <= 1
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn finish(list: &mut Vec<String>, current: &mut String) {
    let sentence = current.trim();
    if !sentence.is_empty() {
        list.push(sentence.to_owned());
    }
    current.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_where_a_sentence_ends() {
        let cases: [(&str, &[&str]); 7] = [
            ("退款多久到账", &["退款多久到账"]),
            ("退货运费谁出？发票怎么开？", &["退货运费谁出？", "发票怎么开？"]),
            ("你好！在吗？我想问下运费", &["你好！在吗？我想问下运费"]),
            ("买了才三天就坏了！！！气死我了。能退吗", &["买了才三天就坏了！！！", "气死我了。", "能退吗"]),
            ("My order no. 5 is late. How do I get a refund? Thanks", &["My order no. 5 is late.", "How do I get a refund?", "Thanks"]),
            ("第一行\n第二行的问题", &["第一行", "第二行的问题"]),
            ("1.5 kg or 2.0 kg?", &["1.5 kg or 2.0 kg?"]),
        ];
        for (text, want) in cases {
            assert_eq!(sentences(text), want, "{text}");
        }
    }

    #[test]
    fn loses_no_letter() {
        for text in ["", "。。。", "？", "a. b. c.", "好的。谢谢！请问……怎么退", "“能退吗？”他问"] {
            let kept: String = sentences(text).concat().chars().filter(|c| c.is_alphanumeric()).collect();
            assert_eq!(kept, text.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
        }
    }
}
