//! “That did not help”, said after an answer.

use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, clauses, pattern, rejects_options};
use crate::text::normalize::is_han;

/// What is shorter says too little, a Han character counting as two letters: “no” and 不 after an answer may mean anything.
const LEAST: usize = 3;

static UNHELPED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:我|你|您|这|這|那|还|還|都|也|就|还是|還是|可是|但是?|可|完全|根本|根本就|真的|实在|实在是|一点|一点都|半天|说的|讲的|回答|答案|方法|办法|上面|这个|那个|刚才)*
          (?:看不懂|没看懂|看不明白|没看明白|不懂你说的|听不懂|不会弄|没弄好|弄不了|搞不定|没搞定|
             没有?(?:解决|帮助|帮上忙?|说清楚|讲清楚|答到点子上|回答我的?问题?)|解决不了问?题?|没有?用|没啥用|没什么用|不管用|不起作用|没效果|没有效果|
             不行|不好使|试过了|(?:试|弄|看|问|查|找)(?:过了?|了)(?:都|也|还是|还)?(?:没|不)(?:有|行|用|好|对)?(?:用|到|好)?|
             不是我(?:想|要)?(?:问|说|找|要)的(?:意思|问题)?|问的不是(?:这|那)个?|说的不是(?:这|那)个?|不是这个意思|答非所问|没回答|没有回答)
          (?:了|啊|呀|呢|吧|嘛|的|哦|诶|我的问题|问题|啥)*)$
        | ^(?:换一个|换个(?:说法|回答|答案)|再说一遍|说人话|说清楚点?|讲清楚点?)(?:吧|啊|呗|行吗|好吗|行不行)?$
        | ^(?:(?:no|nope|sorry|but|hmm|well|still|so|it|this|that|the|your|answer|really|i|actually|just|just\ now|guess)\ ?)*
          (?:(?:did(?:n't|\ not)|does(?:n't|\ not)|is(?:n't|\ not)|was(?:n't|\ not)|hasn't|not)\ (?:really\ )?(?:help|helpful|helped|help\ me|helping|solve|solved|
             answer|work|working|useful|what\ i\ (?:asked|meant|mean|want|wanted|need|needed|was\ asking)|clear)
           | (?:do(?:n't|\ not)|did(?:n't|\ not)|can(?:'t|not)|can\ not)\ (?:understand|get\ it|follow)
           | (?:useless|no\ use|no\ help|unhelpful|wrong\ answer|makes\ no\ sense|tried\ (?:that|it|this|all\ (?:that|of\ it)))|tried\ (?:that|it|this)\ already|already\ tried\ (?:that|it|this))
          (?:\ (?:me|it|that|this|at\ all|my|question|problem|issue|anything|for|about|you|mean|what|the|answer|already|either|either\ way|still|and|nothing|changed))*$",
    )
});

/// May stand beside it.
static COURTESY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:抱歉|不好意思|谢谢|谢了|哦|噢|嗯|好吧|唉|哎|sorry|thanks|thank\ you|ok|okay|hmm+|well|oh|but|\ )+$"));

/// Whether the customer says that the answer was of no use, and nothing else. Only asked right after an answer.
pub fn says_unhelped(input: RuleInput<'_>) -> bool {
    if input.folded.chars().filter(|c| c.is_alphanumeric()).map(|c| 1 + usize::from(is_han(c))).sum::<usize>() < LEAST {
        return false;
    }
    let mut said = clauses(input.folded).filter(|clause| !COURTESY.is_match(clause)).peekable();
    let all = said.peek().is_some() && said.all(|clause| UNHELPED.is_match(clause)) && !input.folded.contains('?');
    all || rejects_options(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::fold;

    fn unhelped(text: &str) -> bool {
        says_unhelped(RuleInput { text, folded: &fold(text) })
    }

    #[test]
    fn who_says_that_it_did_not_help_is_understood() {
        for text in [
            "我问的不是这个",
            "看不懂",
            "还是不行",
            "没用",
            "这个没用啊",
            "还是没解决",
            "没有解决我的问题",
            "换一个",
            "说人话",
            "答非所问",
            "试过了，不行",
            "都问过了没有用",
            "不是我想问的",
            "你没回答我的问题",
            "抱歉，看不懂",
            "that's not what I asked",
            "That didn't help",
            "this is not helpful",
            "it still does not work",
            "I don't understand",
            "I already tried that",
            "useless",
            "Sorry, that doesn't answer my question",
        ] {
            assert!(unhelped(text), "{text}");
        }
    }

    #[test]
    fn questions_problems_and_thanks_are_not_that() {
        for text in [
            "没问题",
            "不用了",
            "好的",
            "没事了",
            "优惠券用不了怎么办",
            "还是不行吗",
            "看不懂说明书怎么办",
            "不行的话能退吗",
            "能换一个吗",
            "换一个颜色",
            "我想换一个大一号的",
            "密码试过了登不上",
            "退款没到",
            "no",
            "不",
            "thanks, that helps",
            "my coupon does not work",
            "how do I return it",
            "I don't understand the size chart",
            "the zip is broken",
            "did it ship",
        ] {
            assert!(!unhelped(text), "{text}");
        }
    }
}
