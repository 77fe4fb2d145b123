//! Answers to a list of options (您是不是想问：…): which one is picked, or that none fits. Asked only right after such a list.

use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, clauses, pattern};
use crate::text::numerals;

/// Every word of a rejection: what points at the list, what names the question, what denies, and particles.
static REJECTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[这那哪上下里内面些几个個条條我你您他的嘅地得是系係对啱像想要问問找说讲看了吧呀啊呢哦噢喔啦诶欸耶嘛咯哎哈嗯额呃一二两三四五12345都嘟也全并其实好还就跟和与同没冇無无不唔未非错錯]
          |以上|上述|以下|选项|选择|问题|答案|意思|内容|这些|呢啲|嗰啲|列表|列出|列的|给的|推荐|猜|理解|弄|搞|会错|听|懂|明白|误会|任何|符合|匹配|合适|合意|相关|相干|相符|有关|
             无关|关系|关联|沾边|沾|搭边|搭|搭嘎|贴切|贴边|靠谱|准|适合|一样|接近|类似|需要|需求|关心|咨询|了解|表达|描述|情况|提到|说到|有|在|里面|其中|当中|莫得|沒|完全|根本|统统|通通|压根|全部|
             全都|全是|好像|感觉|似乎|可惜|真的|确实|毫|半点|一点|点|边|皆|皆非|均|差|远|太远|离题|跑题|离谱|答非所问|八竿子打不着|驴唇不对马嘴|牛头不对马嘴|风马牛不相及|到|出|见|着|抱歉|不好意思|谢谢|
             麻烦|再|换|一下|别的|其他|其它|选|选出|能|可以|用|帮助|帮|行|干|多|太|很|偏|歪|岔|着边)+$",
    )
});

/// What denies in it.
static DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"不是|不对|不符|不相|不沾|不搭|不合|不匹|不贴|不靠|不准|不适|不一样|不像|不太|不在|不行|不懂|不明白|不到|不出|不见|没|冇|莫得|唔|无关|毫无|毫不|无一|皆非|非|都不|也不|全不|一个不|错|误会|
             差.*远|离题|跑题|离谱|答非所问|八竿子|对马嘴|风马牛|帮不|没用|偏了|歪了|岔了",
    )
});

/// Words of the same look that deny nothing of the list, or say that no list is needed.
static AGREES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"没错|错不了|没问题|没有问题|没事|没有了|没了|没什么|不用|不要了|没关系了|^没关系$|^(?:是不是|有没有|对不对|行不行|能不能|好不好)|不错|没用了|不好意思$",
    )
});

static REJECTS_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:sorry|no|nope|nah|hmm|uh|um|well|but|i'm\ afraid|actually|thanks|thank\ you|ok|okay|oh)\ ?)*
          (?:
            (?:i\ (?:read|checked|looked\ at|saw|tried)\ (?:\w+\ ){0,4}(?:and|but)\ )?(?:it's\ )?(?:none|
             not\ (?:any|one|a\ single\ one|either))(?:\ of\ (?:these|those|them|the\ above|above|the\ options|the\ \w+|
             the\ \w+\ \w+|what\ you\ listed|your\ options|this|that))?(?:\ (?:is|are|fit|fits|match|matches|apply|applies|
             helps?|work|works|look|looks|seem|seems|answers?))?(?:\ (?:what|it|me|my|i|i'm|asking|about|question|right|mean|
             meant|need|want|issue|the|one|to|be|close|relevant|helpful|correct|for|help|at|all|problem|case|answer))*
          | neither(?:\ (?:one|of\ (?:them|these|those|the\ two)))?(?:\ (?:is|fits|works|matches|helps|of|what|
             i|meant|mean|asked|it|right))*
          | (?:that's|thats|that\ is|this\ is|it's|these\ are|those\ are|these|those|they|they're|you\ are|
             you're)?\ ?(?:not|aren't|isn't|all\ wrong|way\ off|wrong|off)(?:\ (?:it|that|these|those|them|this|what|i|i'm|
             im|meant|mean|asked|asking|asking\ about|was|am|about|need|want|wanted|looking|for|my|question|right|the|one|
             ones|really|relevant|correct|related|helpful|quite|match|exactly|at|all|here|listed|there|any|of|above|problem|
             issue|topic))*
          | (?:my|the)\ (?:question|issue|problem|topic|thing\ i\ \w+)\ (?:isn't|is\ not|not|wasn't|
             isnt)\ (?:there|here|listed|in\ there|on\ the\ list|among\ (?:them|these|those)|included|any\ of\ (?:these|
             those|them))
          | (?:nothing|no\ option|no\ match|not\ one|no\ one)(?:\ (?:here|there|in\ the\ list|on\ the\ list|
             of\ these|listed|above))?(?:\ (?:matches|fits|match|fit|helps|works|applies|is|relevant|related|right|what|i|
             need|want|mean|meant|asked|my|question|close|looks|like|it))*
          | (?:something|anything)\ else|other|others|different\ (?:question|one)|(?:wrong|bad)\ (?:guess|
             guesses|options|ones|answers|question|list)|you\ (?:misunderstood|got\ it\ wrong|guessed\ wrong|don't\ (?:get|
             understand)\ (?:it|me|my\ question))|(?:all|both)\ (?:of\ (?:them|these)\ )?(?:are\ )?(?:wrong|off|irrelevant)|
             (?:it\ |that\ |this\ |they\ |these\ |those\ )?(?:doesn't|don't|didn't|does\ not|do\ not)\ (?:match|help|fit|
             apply|answer\ (?:it|my\ question)|look\ right|seem\ right|relate)(?:\ (?:me|it|my|question|at|all))*|
             i\ (?:can't|cannot|can\ not|don't|do\ not|didn't)\ (?:see|find)\ (?:my|the|what)\ (?:\w+\ ){0,3}?(?:question|
             one|need|want|answer|it|issue|mine)(?:\ (?:here|there|in\ (?:there|the\ list)))?|(?:can't|
             cannot)\ find\ my\ (?:question|issue)|no\ none|no|nah|nope|try\ again|irrelevant|unrelated|not\ relevant
          )
          (?:\ ?(?:sorry|thanks|thank\ you|no|nope|please|at\ all|though|either))*$",
    )
});

/// Courtesies, which turn nothing down and may stand beside what does.
static COURTESY_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:sorry|hmm+|uh|um|well|oh|ah|ok|okay|thanks|thank\ you|thx|ty|cheers|hi|hello|but|actually|i'm\ afraid|a\ lot|very\ much|
             so\ much|anyway|please|pls|\ )+$",
    )
});

/// Whether the customer turns down every option and says nothing else of use. A new question, an agreement or a pick is none.
pub fn rejects_options(input: RuleInput<'_>) -> bool {
    if input.folded.contains(['❌', '✖', '👎', '🙅']) && !input.folded.chars().any(char::is_alphanumeric) {
        return true;
    }
    let mut any = false;
    for clause in clauses(input.folded) {
        let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
        let rejects = if clause.is_ascii() {
            REJECTS_EN.is_match(clause)
        } else {
            let chinese = compact.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            if !REJECTION.is_match(chinese) || AGREES.is_match(chinese) {
                return false;
            }
            DENIAL.is_match(chinese)
        };
        if clause.is_ascii() && !rejects && !COURTESY_EN.is_match(clause) {
            return false;
        }
        any |= rejects;
    }
    any && picks_in(input).is_empty()
}

/// A number standing for an option, with what may surround it.
static PICK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:我|就|那|嗯|对|是|係|系|应该|可能|大概|也许|好像|想问|要问|问|要|的|选|選|看|就是|应该是|我选|请|麻烦|点|回复|按|查|了解|哦|行|好|是的)*
          (?:(?:第|选|no\.?|\#|选项|序号|编号|数字|答案)\s?)*(?P<n>\d{1,2}|[a-e]|[一二两三四五六七八九十]|(?:最后|最後|最末|倒数第一|最尾)(?:那|这|嗰)?一?(?:个|個|条|條|项|項|种|種|问题|选项)|最(?:下|后|後)[面边]的?)\s?(?:\.|号|個|个|条|條|项|項|种|種|点|楼|
             题)?(?:那|这|选项|问题)?(?:个|条|一个)?
          (?:吧|啊|呀|呢|哈|哦|的|就行|就是|是我(?:要|想)?问?的|是我想要?问?的|问题|对|是对的|符合|比较像|最像|接近|比较接近|谢谢|可以|嘛|是|了|这个|那个|才是|差不多|看看|
             点|就好|都|两个|想问|想看|想知道|想要|要|想)*$",
    )
});

static PICK_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:i|think|it's|its|it\ is|that's|yes|yeah|yep|ok|maybe|probably|i'd|say|pick|choose|i'll|take|go|with|for|
             the|show|me|my|question|is|want|mean|meant|guess|please|option|answer|choice|number|no\.?|nr\.?|\#|actually|
             should|be|would|select)\s?)*
          \#?(?P<n>\d{1,2}|first|second|third|fourth|fifth|last|one|two|three|four|five|1st|2nd|3rd|4th|
             5th)(?:\.|\))?
          (?:\s(?:one|option|please|pls|is|it|thanks|i|think|looks|right|seems|sounds|fits|question|what|mean|
             meant|need|want|of|them|these|thank|you|that|the|closest|answer))*$",
    )
});

/// A letter for an option stands at the end: “show me a question” has the article.
static LETTER_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:i|i'll|i'd|pick|choose|take|go|with|for|option|answer|choice|select|the|please|it's|is|maybe|probably|think|say)\s)*
          (?P<n>[a-e])(?:\s(?:please|pls|thanks|thank\ you))*$",
    )
});

/// What stands between several options.
static AND: LazyLock<Regex> = LazyLock::new(|| pattern(r"和|跟|与|及|还有|\band\b|[&+/]"));

/// What takes back the pick before it: “2，不对，1”.
static TAKES_BACK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:不对|不是|错了|打错了?|选错了?|说错了?|点错了?|no|nope|wait|sorry|oops|i\ mean|actually)$"));

/// An option as a customer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    /// By its number, from 1.
    Number(usize),
    /// The last of the list.
    Last,
}

/// What a message makes of a list of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// It picks these, from 1, in the order named.
    These(Vec<usize>),
    /// It picks, but not to be told which: one that is not there, or a yes to several.
    Unclear,
}

/// What of so many options a message picks; `None` if it is no pick. What stands behind a rejected one counts: “1不对，选3” is 3. A
/// single option is picked by a yes too ([`affirms_option`]).
pub fn picks_options(input: RuleInput<'_>, options: usize) -> Option<Picked> {
    if options == 0 {
        return None;
    }
    let named = picks_in(input);
    if named.is_empty() {
        return match options {
            1 => affirms_option(input).then(|| Picked::These(vec![1])),
            // “好的” and “ok” may only say that the list was seen.
            _ => (affirms_option(input) && SAYS_YES_OUTRIGHT.is_match(input.folded)).then_some(Picked::Unclear),
        };
    }
    let numbers = named.into_iter().map(|pick| match pick {
        Pick::Number(number) => number,
        Pick::Last => options,
    });
    let numbers: Vec<usize> = numbers.collect();
    Some(if numbers.iter().all(|number| (1..=options).contains(number)) { Picked::These(numbers) } else { Picked::Unclear })
}

/// A yes that answers “which of these?” with “that is it”.
static SAYS_YES_OUTRIGHT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"对|是|系|嗯|没错|正确|\b(?:yes|yeah|yep|yup|correct|right|exactly|that's\ it)\b"));

/// The options named, each once.
fn picks_in(input: RuleInput<'_>) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    let add = |picks: &mut Vec<Pick>, more: Vec<Pick>| {
        for pick in more {
            if !picks.contains(&pick) {
                picks.push(pick);
            }
        }
    };
    for clause in clauses(input.folded) {
        if TAKES_BACK.is_match(clause) {
            picks.clear();
        }
        add(&mut picks, picks_of(clause));
    }
    if picks.is_empty() {
        // "no. 2" and "1." lose their dots to the clauses.
        add(&mut picks, picks_of(input.folded.trim_matches(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && c != '#'))));
    }
    picks
}

/// The options that a clause names and is nothing else beside; none if it says more.
fn picks_of(clause: &str) -> Vec<Pick> {
    if let Some(pick) = pick_of(clause) {
        return vec![pick];
    }
    let parts: Option<Vec<Pick>> = AND.split(clause).map(|part| pick_of(part.trim())).collect();
    parts.unwrap_or_default()
}

fn pick_of(clause: &str) -> Option<Pick> {
    let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
    let found = PICK_EN.captures(clause).or_else(|| LETTER_EN.captures(clause)).or_else(|| PICK.captures(&compact))?;
    let number = match &found["n"] {
        "a" => 1,
        "b" => 2,
        "c" => 3,
        "d" => 4,
        "e" => 5,
        "first" | "one" | "1st" => 1,
        "second" | "two" | "2nd" => 2,
        "third" | "three" | "3rd" => 3,
        "fourth" | "four" | "4th" => 4,
        "fifth" | "five" | "5th" => 5,
        "last" => return Some(Pick::Last),
        last if last.starts_with(['最', '倒']) => return Some(Pick::Last),
        digits => digits.parse().ok().or_else(|| numerals::parse(digits).and_then(|n| usize::try_from(n).ok()))?,
    };
    (1..=10).contains(&number).then_some(Pick::Number(number))
}

/// A yes and nothing that says more, in Chinese or mixed.
static AFFIRMATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[嗯恩唔哦噢喔啊呀哈嘛啦咯哒滴嘅的了吧呗诶欸耶对對是系係好行中得啱]|可以|没错|沒錯|冇错|正确|准确|没问题|冇问题|正是|就|这个|這個|那个|呢个|嗰个|这条|那条|这一条|那一条|这种|这一个|那一个|
             它|佢|就这|我|想|要|问|說|说|讲|指|意思|问题|情况|一个|谢|多谢|感谢|谢谢|唔该|麻烦|你|您|请|发|看看|看下|一下|给我|太|非常|很|yes|yeah|yep|ok|okay|thanks)+$",
    )
});

/// What says yes in it.
static SAYS_YES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[嗯恩唔对對是系係好行中得啱]|可以|没错|沒錯|冇错|正确|准确|没问题|冇问题|这个|這個|那个|呢个|嗰个|这条|那条|这一|那一|就这|yes|yeah|yep|ok|okay",
    )
});

/// Words of the same look that ask, or greet.
static NO_YES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:是不|[你您]们?好|就?得了$|好了$|好吧$|行了$|我要$|说了|我想|[这那呢嗰這][个個]?(?:我|想|要)*(?:想)?问|想问|我问|问)|(?:是|对|好|行|可以)(?:吧吧|嘛$)|我说的?是$",
    )
});

static AFFIRMATION_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:oh\ |well\ |ah\ |hi\ )*)(?:(?:yes|yess+|yeah+|yea|ya|yep|yup|aye|sure|ok|okay|okey|k|correct|right|exactly|precisely|indeed|absolutely|
             definitely|of\ course|true|perfect|please\ do|go\ ahead|that's\ (?:it|right|correct|the\ one|what\ i\ (?:mean|meant|want|need|asked|
             was\ asking))|thats\ (?:it|right|correct|the\ one)|that\ is\ (?:it|right|correct|the\ one)|it\ is|this\ is\ (?:it|the\ one)|that\ one|this\ one|
             i\ (?:do|did|am|think\ so|meant\ that|mean\ that)|you\ got\ it|you're\ right)(?:\ |$))+
          (?:(?:please|pls|plz|thanks|thank\ you|thx|a\ lot|very\ much|so\ much|that|it|is|one|the|exactly|that's|dear|sir|madam|mate)(?:\ |$))*$",
    )
});

/// Whether the message only says yes to what was suggested: no question, no new matter, no thanks alone. Right after a
/// suggestion it picks it; anywhere else it means nothing.
fn affirms_option(input: RuleInput<'_>) -> bool {
    if input.folded.contains('?') {
        return false;
    }
    if !input.folded.chars().any(char::is_alphanumeric) {
        return input.folded.contains(['👍', '👌', '✅', '✔', '🙆']);
    }
    let mut any = false;
    for clause in clauses(input.folded) {
        if clause.is_ascii() {
            let affirms = AFFIRMATION_EN.is_match(clause);
            if !affirms && !COURTESY_EN.is_match(clause) {
                return false;
            }
            any |= affirms;
        } else {
            let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
            if !AFFIRMATION.is_match(&compact) || NO_YES.is_match(&compact) {
                return false;
            }
            any |= SAYS_YES.is_match(&compact);
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("reject_options", 0.9, |line| line["label"] == true, rejects_options);
    }

    fn picks_option(input: RuleInput<'_>, options: usize) -> Option<usize> {
        match picks_options(input, options) {
            Some(Picked::These(picks)) if picks.len() == 1 => picks.first().copied(),
            _ => None,
        }
    }

    #[test]
    fn several_options_and_unclear_picks_are_told() {
        let these = |picks: &[usize]| Some(Picked::These(picks.to_vec()));
        for (text, options, want) in [
            ("我要第1个和第3个", 4, these(&[1, 3])),
            ("第一个和第三个", 4, these(&[1, 3])),
            ("第一个和第二个都想问", 4, these(&[1, 2])),
            ("2和3", 4, these(&[2, 3])),
            ("1、3", 4, these(&[1, 3])),
            ("2 and 3 please", 4, these(&[2, 3])),
            ("the first and the last one", 4, these(&[1, 4])),
            ("选A", 4, these(&[1])),
            ("B", 4, these(&[2])),
            ("option c please", 4, these(&[3])),
            ("2，不对，我要1", 4, these(&[1])),
            ("不对，我要1", 4, these(&[1])),
            ("9", 4, Some(Picked::Unclear)),
            ("第六个", 4, Some(Picked::Unclear)),
            ("2和6", 4, Some(Picked::Unclear)),
            ("E", 4, Some(Picked::Unclear)),
            ("对", 2, Some(Picked::Unclear)),
            ("嗯", 2, Some(Picked::Unclear)),
            ("是的", 2, Some(Picked::Unclear)),
            ("yes", 2, Some(Picked::Unclear)),
            ("是的", 1, these(&[1])),
            ("好的", 2, None),
            ("ok", 2, None),
            ("谢谢", 2, None),
            ("都不是", 2, None),
            ("show me a question", 4, None),
            ("a refund", 4, None),
            ("第一个和退款有什么区别", 4, None),
            ("1和2有什么区别", 4, None),
            ("2天和3天都行吗", 4, None),
            ("不对", 2, None),
            ("9", 0, None),
        ] {
            assert_eq!(judged::with(text, |input| picks_options(input, options)), want, "{text} of {options}");
        }
    }

    #[test]
    fn picks_are_read() {
        let (mut right, mut all) = (0.0, 0.0);
        for (number, line) in judged::lines("reject_options") {
            let text = line["text"].as_str().unwrap();
            let options = line["options"].as_u64().unwrap_or(10) as usize;
            let got = judged::with(text, |input| picks_option(input, options));
            let want = line["pick"].as_u64().map(|pick| pick as usize);
            all += 1.0;
            if got == want {
                right += 1.0;
            } else {
                println!("{} pick {number}: {text}: {got:?}, not {want:?}", ["even", "odd"][number % 2]);
            }
        }
        println!("picks: {:.3} right", right / all);
        assert!(right / all >= 0.95);
    }

    #[test]
    fn a_yes_is_told_from_what_says_more() {
        judged::hold("affirm_option", 0.95, |line| line["label"] == true, affirms_option);
    }

    #[test]
    fn the_length_of_the_list_tells_which_is_the_last() {
        let pick = |text: &str, options| judged::with(text, |input| picks_option(input, options));
        for (text, options, want) in [
            ("最后一个", 3, Some(3)),
            ("the last one", 4, Some(4)),
            ("3", 2, None),
            ("对的", 1, Some(1)),
            ("yes please", 1, Some(1)),
            ("对的", 2, None),
            ("对，第二个", 2, Some(2)),
            ("thanks", 1, None),
            ("最后一个", 0, None),
        ] {
            assert_eq!(pick(text, options), want, "{text} of {options}");
        }
    }

    #[test]
    fn courtesies_turn_nothing_down() {
        for text in ["thanks", "ok", "oh", "thank you", "Okay, thank you very much!", "sorry", "well", "hmm, ok", "好的 thanks", "ok 谢谢"]
        {
            assert!(!judged::with(text, rejects_options), "{text}");
        }
        for text in ["thanks, but none of these", "ok, not that", "oh no", "no thanks", "sorry, neither", "ok，都不是"] {
            assert!(judged::with(text, rejects_options), "{text}");
        }
    }
}
